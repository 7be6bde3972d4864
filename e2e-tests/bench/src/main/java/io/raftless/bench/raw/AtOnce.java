package io.raftless.bench.raw;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Does the same many times, a few of them at once. */
final class AtOnce implements AutoCloseable {
  private final ExecutorService threads;

  AtOnce(int concurrency) {
    threads = Executors.newFixedThreadPool(concurrency);
  }

  /** As {@link RawRequests#each}. */
  void each(int times, IntConsumer action) throws InterruptedException, ExecutionException {
    var begun =
        IntStream.range(0, times)
            .<Future<?>>mapToObj(i -> threads.submit(() -> action.accept(i)))
            .toList();
    for (Future<?> one : begun) {
      one.get();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
