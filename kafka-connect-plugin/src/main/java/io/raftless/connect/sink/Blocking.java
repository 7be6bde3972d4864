package io.raftless.connect.sink;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Waits for futures, on threads that may. */
final class Blocking {
  private Blocking() {}

  /** Waits, and throws what the future failed with. */
  static <T> T join(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable reason = unwrapped(e);
      if (reason instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new CompletionException(reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  /** What is in the exceptions of futures. */
  static Throwable unwrapped(Throwable trouble) {
    Throwable reason = trouble;
    while ((reason instanceof CompletionException || reason instanceof ExecutionException)
        && reason.getCause() != null) {
      reason = reason.getCause();
    }
    return reason;
  }
}
