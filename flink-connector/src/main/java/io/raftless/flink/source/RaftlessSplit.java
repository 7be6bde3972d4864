package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A range of one partition of one incarnation of a log.
 *
 * @param range which one of the partition, 0 if it is the only one
 * @param startOffset of the first record to read
 * @param stopOffset after the last record to read; {@link #UNBOUNDED} to read on forever
 */
record RaftlessSplit(
    LogId log, Incarnation incarnation, int partition, int range, long startOffset, long stopOffset)
    implements SourceSplit {
  static final long UNBOUNDED = Long.MAX_VALUE;

  /** So many characters of an incarnation are random: they tell those of one log apart. */
  private static final int SHORT_INCARNATION = 12;

  RaftlessSplit {
    if (partition < 0 || range < 0 || startOffset < 0 || stopOffset < 0) {
      throw new IllegalArgumentException(
          "no split: partition "
              + partition
              + ", range "
              + range
              + ", offsets "
              + startOffset
              + " to "
              + stopOffset);
    }
  }

  /** Whether there is nothing to read (any more). */
  boolean isEmpty() {
    return startOffset >= stopOffset;
  }

  /** What is left of it from an offset on. */
  RaftlessSplit from(long offset) {
    return new RaftlessSplit(log, incarnation, partition, range, offset, stopOffset);
  }

  LogPartition logPartition() {
    return new LogPartition(log, partition);
  }

  /** Does not change while the split is read; a log that was created again has other splits. */
  @Override
  public String splitId() {
    String uuid = incarnation.toString();
    return log
        + "@"
        + uuid.substring(uuid.length() - SHORT_INCARNATION)
        + "/"
        + partition
        + "/"
        + range;
  }
}
