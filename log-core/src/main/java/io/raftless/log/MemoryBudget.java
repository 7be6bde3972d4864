package io.raftless.log;

import java.util.concurrent.TimeUnit;

/** Bytes that may be in memory at once. Thread-safe. */
final class MemoryBudget {
  private final long most;

  /** Guarded by this, as is the next. */
  private long used;

  private boolean isClosed;

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
   * @throws IllegalStateException if the budget is closed
   */
  synchronized boolean reserve(long bytes, long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      if (isClosed) {
        throw new IllegalStateException("closed while waiting for memory");
      }
      if (tryReserve(bytes)) {
        return true;
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
  }

  /** Whoever waits is told, now and later. */
  synchronized void close() {
    isClosed = true;
    notifyAll();
  }

  synchronized void release(long bytes) {
    used -= bytes;
    notifyAll();
  }
}
