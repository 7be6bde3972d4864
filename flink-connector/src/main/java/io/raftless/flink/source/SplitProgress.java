package io.raftless.flink.source;

/**
 * How far a split is, for metrics. The task's thread says what was emitted, the fetcher's where the
 * partition ends, and whoever reports metrics reads both.
 */
final class SplitProgress {
  private final long stopOffset;
  private volatile long currentOffset;

  /** Not known yet: as if there were nothing to read. */
  private volatile long endOffset = -1;

  SplitProgress(RaftlessSplit split) {
    this.stopOffset = split.stopOffset();
    this.currentOffset = split.startOffset();
  }

  void emittedUpTo(long offset) {
    currentOffset = offset;
  }

  void endsAt(long offset) {
    endOffset = offset;
  }

  /** The offset of the next record to be emitted. */
  long currentOffset() {
    return currentOffset;
  }

  /** How many records there are that were not emitted, as far as is known. */
  long lag() {
    return Math.max(0, Math.min(endOffset, stopOffset) - currentOffset);
  }
}
