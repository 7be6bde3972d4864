package io.raftless.sim;

/**
 * Decides what happens next and when. Everything that happens is one of its steps, on one thread.
 */
interface Schedule {

  /** What time it is in the simulated world, since its beginning. */
  long nowNanos();

  /** Something that a machine's processor has to do. */
  void soon(Machine machine, Runnable task);

  /** Something that a machine does after a while. */
  void after(Machine machine, long nanos, Runnable task);

  /** A request that a machine has sent: decides what becomes of it. */
  void sent(StoreRequest<?> request);
}
