package io.raftless.runtime;

import io.raftless.id.LabelSource;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock, the randomness and the threads that a log runs on. No safety depends on the clock: it
 * serves labels, lingers and time limits.
 *
 * <p>Thread-safe.
 */
public final class LogRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(LogRuntime.class);
  private static final AtomicInteger THREADS = new AtomicInteger();

  private final Clock clock;
  private final Random random;
  private final LabelSource labels;
  private final ScheduledExecutorService scheduler;
  private final ExecutorService workers;
  private final Executor blocking;
  private final boolean isPatient;

  /** What waits for its time; when the runtime stops, nobody may wait any more. */
  private final Set<Delay> delays = ConcurrentHashMap.newKeySet();

  private volatile boolean isStopped;

  /** Each is equal to itself only. */
  private static final class Delay {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
  }

  /**
   * Makes a runtime of given parts.
   *
   * @param random for labels and for spreading retries
   * @param scheduler runs short tasks later; never blocked
   * @param workers runs what takes processor time: encoding, decoding
   */
  public LogRuntime(
      Clock clock, Random random, ScheduledExecutorService scheduler, ExecutorService workers) {
    this(
        clock,
        random,
        scheduler,
        workers,
        task -> daemon(task, "raftless-blocking-").start(),
        true);
  }

  /**
   * Makes a runtime of given parts.
   *
   * @param random for labels and for spreading retries
   * @param scheduler runs short tasks later; never blocked
   * @param workers runs what takes processor time: encoding, decoding
   * @param blocking runs what waits for the store on its thread ({@link Waiting}), each on a thread
   *     of its own
   * @param isPatient whether processes that race for one object pause for each other, and uploads
   *     wait to be committed together; no safety depends on it, which simulations show that do
   *     without
   */
  public LogRuntime(
      Clock clock,
      Random random,
      ScheduledExecutorService scheduler,
      ExecutorService workers,
      Executor blocking,
      boolean isPatient) {
    this.clock = clock;
    this.random = random;
    this.labels = new LabelSource(clock, random);
    this.scheduler = scheduler;
    this.workers = workers;
    this.blocking = blocking;
    this.isPatient = isPatient;
  }

  /** A runtime on the system clock with daemon threads of its own; {@link #stop} ends them. */
  public static LogRuntime start() {
    return new LogRuntime(
        Clock.systemUTC(),
        new SecureRandom(),
        Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "raftless-scheduler-")),
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), task -> daemon(task, "raftless-worker-")));
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** The clock. */
  public Clock clock() {
    return clock;
  }

  /** Mints labels by the clock. */
  public LabelSource labels() {
    return labels;
  }

  /** Runs what takes processor time. */
  public Executor workers() {
    return workers;
  }

  /** Runs what waits for the store on its thread; not ended by {@link #stop}. */
  public Executor blocking() {
    return blocking;
  }

  /** Whether it waits where nothing but cost and fairness ask for it. */
  public boolean isPatient() {
    return isPatient;
  }

  /** Completes after a while, on the scheduler; with a {@link CancellationException} if stopped. */
  public CompletableFuture<Void> after(Duration delay) {
    Delay waiting = new Delay();
    delays.add(waiting);
    var unused =
        scheduler.schedule(
            () -> {
              delays.remove(waiting);
              waiting.done.complete(null);
            },
            delay.toNanos(),
            TimeUnit.NANOSECONDS);
    return waiting.done;
  }

  /** A random delay that grows with the number of tries: 0 to {@code base × 2^tries}, capped. */
  public Duration jitter(int tries, Duration base, Duration most) {
    long top = Math.min(most.toNanos(), base.toNanos() << Math.min(tries, 20));
    return Duration.ofNanos(1 + random.nextLong(Math.max(1, top)));
  }

  /** Whether {@link #stop} was called: whoever has work to do must not begin with it. */
  public boolean isStopped() {
    return isStopped;
  }

  /**
   * Ends the threads. Whatever waits for its time is cancelled; what waits for a worker is done on
   * the calling thread, which is how those who wait for it hear that it is over: its next step
   * finds no thread.
   */
  public void stop() {
    isStopped = true;
    scheduler.shutdownNow();
    List<Runnable> waiting = workers.shutdownNow();
    delays.forEach(delay -> delay.done.completeExceptionally(new CancellationException("stopped")));
    waiting.forEach(LogRuntime::runLate);
  }

  private static void runLate(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // The others are waited for as well.
      LOG.warn("a task failed that was waiting when its log was closed", e);
    }
  }
}
