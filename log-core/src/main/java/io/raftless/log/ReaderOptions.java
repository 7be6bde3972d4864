package io.raftless.log;

import java.io.Serializable;

/**
 * How a {@link LogReader} reads.
 *
 * @param maxBytesInMemory fetched ahead and not yet handed out, over all partitions: requests are
 *     made while what is decoded (uncompressed) and what is under way (as stored) is below it. One
 *     batch of each partition is always fetched
 * @param minPollMillis how soon the head is asked again after new data was found
 * @param maxPollMillis the longest wait between two looks at the head of an idle partition
 * @param onTrimmed what to do when an offset was trimmed away
 */
public record ReaderOptions(
    long maxBytesInMemory, int minPollMillis, int maxPollMillis, OnTrimmed onTrimmed)
    implements Serializable {

  /** What to do when the offset to read is below the partition's first offset. */
  public enum OnTrimmed {
    /** Fail with {@link RaftlessException.OffsetOutOfRange}. */
    FAIL,
    /** Go on at the first offset there is, with a warning in the log. */
    EARLIEST
  }

  public ReaderOptions {
    if (maxBytesInMemory < 1) {
      throw new IllegalArgumentException(
          "maxBytesInMemory " + maxBytesInMemory + ": choose at least 1, better 1 MiB or more");
    }
    if (minPollMillis < 1 || maxPollMillis < minPollMillis) {
      throw new IllegalArgumentException(
          "minPollMillis "
              + minPollMillis
              + ", maxPollMillis "
              + maxPollMillis
              + ": choose 1 <= minPollMillis <= maxPollMillis");
    }
  }

  /** 64 MiB, polls between 20 ms and 1 s apart, an error when trimmed. */
  public static ReaderOptions defaults() {
    return new ReaderOptions(64L << 20, 20, 1_000, OnTrimmed.FAIL);
  }
}
