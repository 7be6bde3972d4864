package io.raftless.maintenance;

import io.raftless.runtime.Waiting;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Many requests, a bounded number of them under way. */
final class Parallel {
  private Parallel() {}

  /**
   * Makes a request for every item and waits for all of them.
   *
   * @param most requests under way at a time
   * @throws java.util.concurrent.CompletionException if one failed; no further ones are made then
   */
  static <T> void forEach(Iterable<T> items, int most, Function<T, CompletableFuture<?>> request) {
    Deque<CompletableFuture<?>> underWay = new ArrayDeque<>();
    for (T item : items) {
      if (underWay.size() == most) {
        Waiting.join(underWay.remove());
      }
      underWay.add(request.apply(item));
    }
    underWay.forEach(Waiting::join);
  }
}
