package io.raftless.connect.source;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much was handed to Connect that Kafka has not acknowledged. A task that reads faster than
 * Kafka takes records waits here, *because* else they would fill the memory of the producer (32 MiB
 * by default, and as much again for the records themselves): it gets no faster by that, and in the
 * heap of a usual worker half of the time is the garbage collector's, which copies all of them.
 *
 * <p>Where acknowledgements do not come as records are taken (exactly once, they come with the end
 * of a transaction, which may be minutes away), it does not wait: once in vain, and not again until
 * one comes.
 *
 * <p>One thread polls and waits; the other methods are thread-safe.
 */
final class InFlight {
  /** Kafka that is well answers sooner. */
  static final Duration PATIENCE = Duration.ofMillis(100);

  private final long mostBytes;
  private final long patienceMillis;
  private final AtomicLong polled = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();

  /** Of a record, about: of those of the last poll. Written by who polls. */
  private volatile long bytesOfOne = 1;

  private volatile boolean isWaiting;

  /** How many were acknowledged when it was waited for more in vain; of who polls. */
  private long vainAt = -1;

  /** Guarded by this. */
  private boolean isStopped;

  /**
   * Nothing is in flight.
   *
   * @param mostBytes above which a poll waits
   * @param patience how long without any acknowledgement
   */
  InFlight(long mostBytes, Duration patience) {
    this.mostBytes = mostBytes;
    this.patienceMillis = patience.toMillis();
  }

  /** Records go to Connect. */
  void polled(int records, long bytes) {
    if (records > 0) {
      bytesOfOne = Math.max(1, bytes / records);
      polled.addAndGet(records);
    }
  }

  /** One came to Kafka, or was left out. */
  void acknowledged() {
    acknowledged.incrementAndGet();
    if (isWaiting && !isTooMuch()) {
      wakeUp(false);
    }
  }

  private boolean isTooMuch() {
    return (polled.get() - acknowledged.get()) * bytesOfOne > mostBytes;
  }

  /** Waits until there is room, or acknowledgements do not come, or it is stopped. */
  void awaitRoom() throws InterruptedException {
    if (!isTooMuch() || acknowledged.get() == vainAt) {
      return;
    }
    synchronized (this) {
      isWaiting = true;
      try {
        long before = acknowledged.get();
        while (isTooMuch() && !isStopped) {
          wait(patienceMillis);
          long now = acknowledged.get();
          if (now == before) {
            vainAt = now;
            return;
          }
          before = now;
        }
      } finally {
        isWaiting = false;
      }
    }
  }

  /** Nobody waits any more. */
  void stop() {
    wakeUp(true);
  }

  private synchronized void wakeUp(boolean stops) {
    isStopped |= stops;
    notifyAll();
  }
}
