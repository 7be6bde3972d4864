package io.raftless.flink.sink;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long something is tried: pauses that double, until the time is up. One is made for each thing
 * to try, and used by one thread.
 */
final class Patience {
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final long deadlineNanos;
  private long nextPauseMillis = FIRST_PAUSE_MILLIS;

  Patience(Duration timeout) {
    this.deadlineNanos = System.nanoTime() + timeout.toNanos();
  }

  /** What is left of the time; 0 when it is up. */
  long remainingNanos() {
    return Math.max(0, deadlineNanos - System.nanoTime());
  }

  /** Waits before the next try; false, at once, if there is no time left for one. */
  boolean pause() throws InterruptedException {
    long pauseNanos = TimeUnit.MILLISECONDS.toNanos(nextPauseMillis);
    if (pauseNanos >= remainingNanos()) {
      return false;
    }
    TimeUnit.NANOSECONDS.sleep(pauseNanos);
    nextPauseMillis = Math.min(2 * nextPauseMillis, LONGEST_PAUSE_MILLIS);
    return true;
  }
}
