package io.raftless.connect.source;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

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
 * <p>Thread-safe; one thread waits.
 */
final class InFlight {
  /** Kafka that is well answers sooner. */
  static final Duration PATIENCE = Duration.ofMillis(100);

  /** Records of one size, about, of which some are not acknowledged yet. */
  private static final class Polled {
    private final long bytesOfOne;
    private int left;

    Polled(int records, long bytes) {
      this.bytesOfOne = bytes / records;
      this.left = records;
    }
  }

  private final long mostBytes;
  private final long patienceMillis;

  /**
   * The oldest first. Acknowledgements count as those of the oldest: whose they are costs more to
   * find out than it matters. Guarded by this, as are the following.
   */
  private final Deque<Polled> polled = new ArrayDeque<>();

  private long bytes;
  private long acknowledged;

  /** How many were acknowledged when it was waited for more in vain. */
  private long vainAt = -1;

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
  synchronized void polled(int records, long bytesOfAll) {
    if (records > 0) {
      Polled more = new Polled(records, bytesOfAll);
      polled.addLast(more);
      bytes += more.bytesOfOne * records;
    }
  }

  /** One came to Kafka, or was left out. */
  synchronized void acknowledged() {
    acknowledged++;
    Polled oldest = polled.peekFirst();
    if (oldest == null) {
      return;
    }
    if (--oldest.left == 0) {
      polled.removeFirst();
    }
    boolean wasTooMuch = bytes > mostBytes;
    bytes -= oldest.bytesOfOne;
    if (wasTooMuch && bytes <= mostBytes) {
      notifyAll();
    }
  }

  /**
   * Waits until there is room, or acknowledgements do not come, or it is stopped.
   *
   * @param limit after which it waits no longer
   * @return false if there is no room after all that time, though acknowledgements come
   */
  synchronized boolean awaitRoom(Duration limit) throws InterruptedException {
    if (bytes <= mostBytes || acknowledged == vainAt) {
      return true;
    }
    long end = System.nanoTime() + limit.toNanos();
    long before = acknowledged;
    while (bytes > mostBytes && !isStopped) {
      wait(patienceMillis);
      if (acknowledged == before) {
        vainAt = before;
        return true;
      }
      before = acknowledged;
      if (bytes > mostBytes && System.nanoTime() >= end) {
        return false;
      }
    }
    return true;
  }

  /**
   * How many bytes the next poll is to have, about. A quarter of what may be in flight, *because*
   * what was made a moment ago is still in the caches of the processor when the producer, and a
   * broker nearby, come to it. As much as there is, if nothing is in flight or acknowledgements do
   * not come as records are taken: a transaction that is a poll is to be large.
   */
  synchronized long pollBytes() {
    return bytes == 0 || acknowledged == vainAt ? Long.MAX_VALUE : Math.max(1, mostBytes / 4);
  }

  /** Nobody waits any more. */
  synchronized void stop() {
    isStopped = true;
    notifyAll();
  }
}
