package io.raftless.log;

import java.io.Serializable;
import java.time.Duration;

/**
 * How a {@link LogReader} reads.
 *
 * @param maxBytesInMemory fetched ahead and not yet handed out, over all partitions: requests are
 *     made, and what came back is decoded, while what is decoded (uncompressed) and what is under
 *     way or not decoded yet (as stored) is below it. One batch of each partition is always fetched
 * @param maxFetchBytes of one request: batches that lie side by side in one object are fetched
 *     together, up to so many bytes and up to a quarter of {@code maxBytesInMemory}, those of
 *     several partitions up to a sixteenth; 1 to 512 MiB. A batch that is larger is fetched in one
 *     request too
 * @param minPollMillis the shortest wait between two looks at the head of a partition that is read
 *     to its end: it begins with that after new data was found
 * @param maxPollMillis the longest one; what a reader waits in between follows how long nothing has
 *     come, as {@code docs/protocol.md} says
 * @param onTrimmed what to do when an offset was trimmed away
 * @param hasOrigins whether batches tell under which writer id and epoch they were committed: see
 *     {@link #withOrigins}
 */
public record ReaderOptions(
    long maxBytesInMemory,
    int maxFetchBytes,
    int minPollMillis,
    int maxPollMillis,
    OnTrimmed onTrimmed,
    boolean hasOrigins)
    implements Serializable {

  private static final int DEFAULT_FETCH_BYTES = 8 << 20;
  private static final int MOST_FETCH_BYTES = 512 << 20;

  /** What to do when the offset to read is below the partition's first offset. */
  public enum OnTrimmed {
    /** Fail with {@link RaftlessException.OffsetTrimmed}. */
    FAIL,
    /** Go on at the first offset there is, with a warning in the log. */
    EARLIEST
  }

  public ReaderOptions {
    if (maxBytesInMemory < 1) {
      throw new IllegalArgumentException(
          "maxBytesInMemory " + maxBytesInMemory + ": choose at least 1, better 1 MiB or more");
    }
    if (maxFetchBytes < 1 || maxFetchBytes > MOST_FETCH_BYTES) {
      throw new IllegalArgumentException(
          "maxFetchBytes "
              + maxFetchBytes
              + ": choose 1 to "
              + MOST_FETCH_BYTES
              + ", better 8 MiB");
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

  /** Without origins. */
  public ReaderOptions(
      long maxBytesInMemory,
      int maxFetchBytes,
      int minPollMillis,
      int maxPollMillis,
      OnTrimmed onTrimmed) {
    this(maxBytesInMemory, maxFetchBytes, minPollMillis, maxPollMillis, onTrimmed, false);
  }

  /** With requests of up to 8 MiB, without origins. */
  public ReaderOptions(
      long maxBytesInMemory, int minPollMillis, int maxPollMillis, OnTrimmed onTrimmed) {
    this(maxBytesInMemory, DEFAULT_FETCH_BYTES, minPollMillis, maxPollMillis, onTrimmed);
  }

  /**
   * 64 MiB, requests of up to 8 MiB, polls between 20 ms and 1 s apart, an error when trimmed, no
   * origins.
   */
  public static ReaderOptions defaults() {
    return new ReaderOptions(64L << 20, 20, 1_000, OnTrimmed.FAIL);
  }

  /** The same with another {@code maxFetchBytes}. */
  public ReaderOptions withMaxFetchBytes(int bytes) {
    return new ReaderOptions(
        maxBytesInMemory, bytes, minPollMillis, maxPollMillis, onTrimmed, hasOrigins);
  }

  /** The same with another {@code onTrimmed}. */
  public ReaderOptions withOnTrimmed(OnTrimmed policy) {
    return new ReaderOptions(
        maxBytesInMemory, maxFetchBytes, minPollMillis, maxPollMillis, policy, hasOrigins);
  }

  /**
   * The same with or without {@link ReadBatch#origin}. With origins, batches are cut where the
   * origin changes, and of each segment one object more is read (its list of sources: 24 to 28
   * bytes for each batch that was appended). Without, they cost nothing.
   */
  public ReaderOptions withOrigins(boolean wanted) {
    return new ReaderOptions(
        maxBytesInMemory, maxFetchBytes, minPollMillis, maxPollMillis, onTrimmed, wanted);
  }

  /**
   * How often a reader looks at the head of a partition until something comes: what waiting costs,
   * since each look is a request.
   *
   * @param quiet how long nothing comes
   * @param look how long a look takes
   * @return with the look that finds it; 0 if {@code quiet} is
   */
  public int looksWithin(Duration quiet, Duration look) {
    PollPace pace = new PollPace(this);
    long now = 0;
    int looks = 0;
    while (now < quiet.toMillis()) {
      now += pace.nextPauseMillis() + look.toMillis();
      looks++;
    }
    return looks;
  }

  /** What one request may have unless a single batch is larger. */
  long fetchBytes() {
    return Math.min(maxFetchBytes, Math.max(1, maxBytesInMemory / 4));
  }

  /**
   * What one request for several partitions may have: that many are under way at the same time is
   * worth more than that they are few, since a connection to S3 is slow.
   */
  long jointFetchBytes() {
    return Math.min(fetchBytes(), Math.max(1, maxBytesInMemory / 16));
  }
}
