package io.raftless.demo.failure;

import java.util.List;

/** Where a failure strikes. */
public enum FailureKind {
  /** The committer dies when some partitions are committed and, if there are more, others not. */
  COMMIT_HALF_DONE,

  /** An operator dies on a record. */
  PROCESSING,

  /** The committer dies with a checkpoint's batches in hand, before it commits any. */
  COMMIT_NOT_BEGUN;

  /** The hardest first, so that a single failure is that one. */
  private static final List<FailureKind> CYCLE =
      List.of(COMMIT_HALF_DONE, PROCESSING, COMMIT_NOT_BEGUN, PROCESSING);

  /** The kind of the failure with this index, from 0. */
  static FailureKind ofIndex(int index) {
    return CYCLE.get(index % CYCLE.size());
  }
}
