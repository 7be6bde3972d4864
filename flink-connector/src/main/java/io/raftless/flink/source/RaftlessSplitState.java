package io.raftless.flink.source;

/** A split that is being read. Owned by the task's thread. */
final class RaftlessSplitState {
  private final RaftlessSplit split;
  private long nextOffset;

  RaftlessSplitState(RaftlessSplit split) {
    this.split = split;
    this.nextOffset = split.startOffset();
  }

  int partition() {
    return split.partition();
  }

  /** Everything below this offset was emitted. */
  void emittedUpTo(long nextOffset) {
    this.nextOffset = nextOffset;
  }

  /** What is left to read: the split to go on with after a restore. */
  RaftlessSplit remaining() {
    return new RaftlessSplit(
        split.incarnation(), split.partition(), nextOffset, split.stopOffset());
  }
}
