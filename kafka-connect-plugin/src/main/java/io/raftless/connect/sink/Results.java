package io.raftless.connect.sink;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What came of futures, for the task's thread to take over when it is time for that. */
final class Results {
  private static final long POLL_MILLIS = 20;

  private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();

  /** What begins something. */
  interface Start<T> {
    CompletableFuture<T> begin();
  }

  /**
   * Begins something, and has what comes of it taken over.
   *
   * @param taker on the task's thread: of a value or of a reason why there is none
   */
  <T> void begin(Start<T> start, BiConsumer<@Nullable T, @Nullable Throwable> taker) {
    CompletableFuture<T> future;
    try {
      future = start.begin();
    } catch (RuntimeException e) {
      future = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<T> unused =
        future.whenComplete((value, trouble) -> queue.add(() -> taker.accept(value, trouble)));
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Takes over what there is. */
  void drain() {
    for (Runnable result = queue.poll(); result != null; result = queue.poll()) {
      result.run();
    }
  }

  /** Takes over results until it is done, or the patience ends, or the thread is interrupted. */
  void await(long patienceMillis, BooleanSupplier isDone) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    try {
      while (true) {
        drain();
        if (isDone.getAsBoolean()) {
          return;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return;
        }
        Runnable result = queue.poll(Math.min(left, POLL_MILLIS), TimeUnit.MILLISECONDS);
        if (result != null) {
          result.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
