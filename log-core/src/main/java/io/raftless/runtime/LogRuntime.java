package io.raftless.runtime;

import io.raftless.id.LabelSource;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clock, the randomness and the threads that a log runs on.
 *
 * @param clock for labels, lingers and time limits, none of which safety depends on
 * @param random for labels and for spreading retries
 * @param labels minted from the two above
 * @param scheduler runs short tasks later; never blocked
 * @param workers runs what takes processor time: encoding, decoding
 */
public record LogRuntime(
    Clock clock,
    Random random,
    LabelSource labels,
    ScheduledExecutorService scheduler,
    Executor workers) {

  private static final AtomicInteger THREADS = new AtomicInteger();

  /** A runtime on the system clock with daemon threads of its own; {@link #stop} ends them. */
  public static LogRuntime start() {
    Clock clock = Clock.systemUTC();
    Random random = new SecureRandom();
    ScheduledExecutorService scheduler =
        Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "raftless-scheduler-"));
    ExecutorService workers =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), task -> daemon(task, "raftless-worker-"));
    return new LogRuntime(clock, random, new LabelSource(clock, random), scheduler, workers);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** Completes after a while, on the scheduler. */
  public CompletableFuture<Void> after(Duration delay) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    var unused =
        scheduler.schedule(() -> done.complete(null), delay.toNanos(), TimeUnit.NANOSECONDS);
    return done;
  }

  /** A random delay that grows with the number of tries: 0 to {@code base × 2^tries}, capped. */
  public Duration jitter(int tries, Duration base, Duration most) {
    long top = Math.min(most.toNanos(), base.toNanos() << Math.min(tries, 20));
    return Duration.ofNanos(1 + random.nextLong(Math.max(1, top)));
  }

  /** Ends the threads. What was under way may never complete. */
  public void stop() {
    scheduler.shutdownNow();
    if (workers instanceof ExecutorService service) {
      service.shutdownNow();
    }
  }
}
