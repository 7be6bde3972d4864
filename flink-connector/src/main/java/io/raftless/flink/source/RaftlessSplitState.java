package io.raftless.flink.source;

/** A split that is being read. Owned by the task's thread. */
final class RaftlessSplitState {
  private final RaftlessSplit split;
  private final SplitProgress progress;
  private long nextOffset;

  RaftlessSplitState(RaftlessSplit split, SplitProgress progress) {
    this.split = split;
    this.progress = progress;
    this.nextOffset = split.startOffset();
  }

  /** Everything below this offset was emitted. */
  void emittedUpTo(long offset) {
    nextOffset = offset;
    progress.emittedUpTo(offset);
  }

  /** What is left to read: the split to go on with after a restore. */
  RaftlessSplit remaining() {
    return split.from(nextOffset);
  }
}
