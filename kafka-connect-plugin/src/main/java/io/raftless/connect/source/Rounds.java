package io.raftless.connect.source;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Does something again and again, on a thread of its own. Tests do it when they want to. */
@FunctionalInterface
public interface Rounds {

  /** What began; closing it ends it, and does not wait. */
  interface Running extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Begins.
   *
   * @param first how long until the first round
   * @param round tells how long until the next one; empty if there is none. It must not throw
   */
  Running begin(Duration first, Supplier<Optional<Duration>> round);

  /** With a thread. */
  static Rounds onThread() {
    return (first, round) -> {
      ScheduledExecutorService thread =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread made = new Thread(task, "raftless-log-monitor");
                made.setDaemon(true);
                return made;
              });
      schedule(thread, first, round);
      return thread::shutdownNow;
    };
  }

  private static void schedule(
      ScheduledExecutorService thread, Duration delay, Supplier<Optional<Duration>> round) {
    if (thread.isShutdown()) {
      return;
    }
    var unused =
        thread.schedule(
            () -> round.get().ifPresent(next -> schedule(thread, next, round)),
            delay.toMillis(),
            TimeUnit.MILLISECONDS);
  }
}
