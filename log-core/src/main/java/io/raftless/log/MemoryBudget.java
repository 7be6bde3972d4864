package io.raftless.log;

import java.util.concurrent.TimeUnit;

/** Bytes that may be in memory at once. Thread-safe. */
final class MemoryBudget {
  private final long most;

  /** Guarded by this. */
  private long used;

  MemoryBudget(long most) {
    this.most = most;
  }

  /**
   * Takes bytes if there is room. A request that is larger than the whole budget gets in when
   * nothing else is there.
   */
  synchronized boolean tryReserve(long bytes) {
    if (used > 0 && used + bytes > most) {
      return false;
    }
    used += bytes;
    return true;
  }

  /**
   * Takes bytes, waiting for room.
   *
   * @return false if there was none in time
   */
  synchronized boolean reserve(long bytes, long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (!tryReserve(bytes)) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  synchronized void release(long bytes) {
    used -= bytes;
    notifyAll();
  }

  synchronized long used() {
    return used;
  }
}
