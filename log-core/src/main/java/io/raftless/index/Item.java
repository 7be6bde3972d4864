package io.raftless.index;

import io.raftless.id.Label;

/**
 * What the index keeps in order of offsets: batches, segments, and references to nodes of either.
 */
public sealed interface Item permits Entry, Segment, NodeRef {

  /** The offset of its first record. */
  long baseOffset();

  /** The offset after its last record. */
  long endOffset();

  /** Stored bytes of data, without the index. */
  long bytes();

  /** Largest record timestamp, milliseconds since the epoch. */
  long maxTimestamp();

  /** Smallest label of its batches. */
  Label minLabel();

  /** Largest label of its batches. */
  Label maxLabel();

  /**
   * The hash chain at {@link #endOffset}.
   *
   * @param before the chain at {@link #baseOffset}
   */
  Chain chainAfter(int partition, Chain before);

  /** Whether a batch of this label may be in it; false is certain. */
  default boolean mayHold(Label label) {
    return minLabel().compareTo(label) <= 0 && label.compareTo(maxLabel()) <= 0;
  }
}
