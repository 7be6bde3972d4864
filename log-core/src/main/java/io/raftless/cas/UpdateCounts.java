package io.raftless.cas;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what stood in the way of updates; several cells may share one. Each count only grows.
 *
 * <p>Thread-safe. An update is counted before its future completes.
 */
public final class UpdateCounts {
  private final LongAdder conflicts = new LongAdder();
  private final LongAdder unknownsResolved = new LongAdder();
  private final LongAdder unknownsLeft = new LongAdder();

  /** Starts from zero. */
  public UpdateCounts() {}

  /** Conditional writes that lost against another one. */
  public long conflicts() {
    return conflicts.sum();
  }

  /** Updates that had an attempt of unknown outcome, and ended with a certain one. */
  public long unknownsResolved() {
    return unknownsResolved.sum();
  }

  /** Updates that ended as unknown. */
  public long unknownsLeft() {
    return unknownsLeft.sum();
  }

  void conflict() {
    conflicts.increment();
  }

  void unknownEnded(boolean isResolved) {
    (isResolved ? unknownsResolved : unknownsLeft).increment();
  }
}
