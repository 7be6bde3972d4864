package io.raftless.bench.sim;

/**
 * A clock, and what is to be done later by it. Tasks are short and never block.
 *
 * <p>Thread-safe.
 */
interface SimulatedTime extends AutoCloseable {
  /** Nanoseconds since some moment. */
  long nanos();

  /**
   * Runs a task after so many nanoseconds; if there are none to wait, on this very thread or soon.
   * After {@link #close} nothing is run.
   */
  void after(long nanos, Runnable task);

  @Override
  void close();
}
