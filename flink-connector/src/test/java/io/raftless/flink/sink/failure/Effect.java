package io.raftless.flink.sink.failure;

/**
 * What happens to a step instead of its success. A crash ends the task and all it has under way.
 */
enum Effect {
  /** The store refuses the request: it did not happen. */
  REFUSED,
  /** The request does not reach the store, and nobody knows. */
  REQUEST_LOST,
  /** The request takes effect, and nobody knows. */
  RESPONSE_LOST,
  /** The task ends before the step. */
  CRASH_BEFORE,
  /** The task ends when the step has taken effect, and has heard nothing of it. */
  CRASH_AFTER,
  /**
   * The task ends with the request under way. It arrives before the next committer reads this head.
   */
  LATE_BEFORE_READ,
  /** The same; it arrives when the next committer has read this head and is to replace it. */
  LATE_BEFORE_SWAP,
  /** The same; it arrives when the next committer has replaced this head. */
  LATE_AFTER_SWAP;

  boolean isLate() {
    return this == LATE_BEFORE_READ || this == LATE_BEFORE_SWAP || this == LATE_AFTER_SWAP;
  }

  /** Whether the task ends of it at once. */
  boolean isCrash() {
    return this == CRASH_BEFORE || this == CRASH_AFTER || isLate();
  }
}
