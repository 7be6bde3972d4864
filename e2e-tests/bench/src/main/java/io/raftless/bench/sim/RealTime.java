package io.raftless.bench.sim;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The time of this machine. Whoever waits is an entry in a queue, not a thread. */
final class RealTime implements SimulatedTime {
  private static final Logger LOG = LoggerFactory.getLogger(RealTime.class);
  private static final AtomicInteger THREADS = new AtomicInteger();

  /** They run what callers do with their answers: one would let them wait for one another. */
  private static final int THREAD_COUNT = 2;

  private final ScheduledThreadPoolExecutor scheduler =
      new ScheduledThreadPoolExecutor(THREAD_COUNT, RealTime::thread);

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "simulated-s3-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void after(long nanos, Runnable task) {
    try {
      var unused = scheduler.schedule(() -> run(task), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      LOG.debug("closed: nothing is done any more", closed);
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // Nobody looks at the scheduler's own futures.
      LOG.error("a simulated request broke", e);
    }
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}
