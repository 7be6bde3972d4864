package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A range of one partition of one incarnation of a log.
 *
 * @param startOffset of the first record to read
 * @param stopOffset after the last record to read; {@link #UNBOUNDED} to read on forever
 */
record RaftlessSplit(Incarnation incarnation, int partition, long startOffset, long stopOffset)
    implements SourceSplit {
  static final long UNBOUNDED = Long.MAX_VALUE;

  RaftlessSplit {
    if (partition < 0 || startOffset < 0 || stopOffset < 0) {
      throw new IllegalArgumentException(
          "no split: partition " + partition + ", offsets " + startOffset + " to " + stopOffset);
    }
  }

  static String splitId(int partition) {
    return Integer.toString(partition);
  }

  /** Whether there is nothing to read (any more). */
  boolean isEmpty() {
    return startOffset >= stopOffset;
  }

  @Override
  public String splitId() {
    return splitId(partition);
  }
}
