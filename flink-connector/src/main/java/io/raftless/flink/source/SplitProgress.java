package io.raftless.flink.source;

import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How far a split is, for metrics. The task's thread says what was emitted, the fetcher's where the
 * partition ends, and whoever reports metrics reads both.
 */
final class SplitProgress {
  private final long stopOffset;
  private volatile long currentOffset;

  /** Null if it was not looked at yet: as if there were nothing to read. */
  private volatile @Nullable Seen seen;

  /**
   * What the head of the partition said.
   *
   * @param endOffset the end of the partition
   * @param storedBytes what the records between two offsets take in the store
   */
  private record Seen(long endOffset, LongBinaryOperator storedBytes) {}

  SplitProgress(RaftlessSplit split) {
    this.stopOffset = split.stopOffset();
    this.currentOffset = split.startOffset();
  }

  void emittedUpTo(long offset) {
    currentOffset = offset;
  }

  void endsAt(long endOffset, LongBinaryOperator storedBytes) {
    seen = new Seen(endOffset, storedBytes);
  }

  /** The offset of the next record to be emitted. */
  long currentOffset() {
    return currentOffset;
  }

  /** How many records there are that were not emitted, as far as is known. */
  long lag() {
    Seen last = seen;
    return last == null ? 0 : Math.max(0, Math.min(last.endOffset, stopOffset) - currentOffset);
  }

  /** How many bytes they take in the store. */
  long lagBytes() {
    Seen last = seen;
    return last == null ? 0 : last.storedBytes.applyAsLong(currentOffset, stopOffset);
  }
}
