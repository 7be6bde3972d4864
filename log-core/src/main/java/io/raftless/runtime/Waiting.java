package io.raftless.runtime;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * Waits on the caller's thread. All code that blocks on the store waits here and nowhere else, so
 * that a scheduler which runs one step of one thread at a time can take part: the simulator of the
 * tests does.
 */
public final class Waiting {
  private Waiting() {}

  /** A thread that does something else while it waits, instead of being parked. */
  public interface Scheduled {
    /** Returns when the future is done. Called by this very thread. */
    void waitFor(CompletableFuture<?> future);
  }

  /**
   * The result; throws what the future failed with.
   *
   * @throws CompletionException if the future failed with a checked exception
   */
  public static <T> T on(CompletableFuture<T> future) throws InterruptedException {
    yieldUntilDone(future);
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw new CompletionException(cause);
    }
  }

  /**
   * Like {@link CompletableFuture#join}.
   *
   * @throws CompletionException if the future failed
   * @throws java.util.concurrent.CancellationException if it was cancelled
   */
  public static <T> T join(CompletableFuture<T> future) {
    yieldUntilDone(future);
    return future.join();
  }

  private static void yieldUntilDone(CompletableFuture<?> future) {
    if (!future.isDone() && Thread.currentThread() instanceof Scheduled thread) {
      thread.waitFor(future);
    }
  }
}
