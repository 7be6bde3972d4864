package io.raftless.log;

import io.raftless.runtime.LogRuntime;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A runtime that is as single-threaded as it can be: work is done by whoever asks for it. */
final class ModelRuntime {
  private ModelRuntime() {}

  static LogRuntime start(Clock clock, Random random) {
    return new LogRuntime(clock, random, new Hasty(), new Inline());
  }

  /** Waits of the back-off kind are short; those of the linger kind are not, and never end. */
  private static final class Hasty extends ScheduledThreadPoolExecutor {
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long SHORT_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    Hasty() {
      super(
          1,
          task -> {
            Thread thread = new Thread(task, "model-scheduler");
            thread.setDaemon(true);
            return thread;
          });
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      long nanos = unit.toNanos(delay);
      long hastened = nanos < LONG_NANOS ? Math.min(nanos, SHORT_NANOS) : nanos;
      return super.schedule(task, hastened, TimeUnit.NANOSECONDS);
    }
  }

  private static final class Inline extends AbstractExecutorService {
    private volatile boolean isShutdown;

    @Override
    public void execute(Runnable task) {
      if (isShutdown) {
        throw new RejectedExecutionException("the runtime is stopped");
      }
      task.run();
    }

    @Override
    public void shutdown() {
      isShutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      isShutdown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return isShutdown;
    }

    @Override
    public boolean isTerminated() {
      return isShutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return isShutdown;
    }
  }
}
