package io.raftless.bench.sim;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that a test moves. Of one thread. */
final class VirtualTime implements SimulatedTime {
  private record Task(long atNanos, long number, Runnable work) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::number));
  private long nowNanos;
  private long made;

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public void after(long nanos, Runnable task) {
    tasks.add(new Task(nowNanos + nanos, made++, task));
  }

  /** Does everything that is to be done until then. */
  void advanceMillis(double millis) {
    long end = nowNanos + Math.round(millis * 1e6);
    while (!tasks.isEmpty() && tasks.element().atNanos() <= end) {
      Task next = tasks.remove();
      nowNanos = next.atNanos();
      next.work().run();
    }
    nowNanos = end;
  }

  @Override
  public void close() {
    tasks.clear();
  }
}
