package io.raftless.connect.source;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waiting for what the log does elsewhere. */
final class Futures {
  private Futures() {}

  /** The value, or what the future failed with as it was. */
  static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Waits for all of them, also if one fails; throws what the first of those failed with. */
  static <T> List<T> joinAll(List<CompletableFuture<T>> futures) {
    var unused =
        CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new))
            .handle((done, failure) -> failure)
            .join();
    return futures.stream().map(Futures::join).toList();
  }

  /** What a future failed with, without what futures wrap it in. */
  static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
