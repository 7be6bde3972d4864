package io.raftless.bench.simulated;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleUnaryOperator;

/**
 * Several who do the same at the same time, each with what is its own, so that a short time has
 * many measurements. Their threads mostly wait.
 */
final class Lanes implements AutoCloseable {
  private final ExecutorService threads;
  private final int count;

  Lanes(int count) {
    this.count = count;
    this.threads = Executors.newFixedThreadPool(count);
  }

  /** One thing to do. */
  interface Work {
    void run(int lane) throws Exception;
  }

  /** Does it once in every lane, at the same time, and waits for all. */
  void all(Work work) throws Exception {
    List<Future<?>> running = new ArrayList<>();
    for (int lane = 0; lane < count; lane++) {
      int number = lane;
      running.add(
          threads.submit(
              () -> {
                work.run(number);
                return null;
              }));
    }
    for (Future<?> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }
  }

  /**
   * Does it again and again in every lane, each time after a pause from the beginning of the last
   * time (or at once, if that took longer), until the time is over. What a lane begins, it ends.
   *
   * @param pauseMillis of a random number from 0 to 1
   */
  Latencies paced(Duration time, DoubleUnaryOperator pauseMillis, long seed, Work work)
      throws Exception {
    Latencies latencies = new Latencies();
    all(
        lane -> {
          Random random = new Random(seed + lane);
          long end = System.nanoTime() + time.toNanos();
          long next = System.nanoTime() + pause(pauseMillis, random);
          while (next - end < 0) {
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            long begin = System.nanoTime();
            work.run(lane);
            latencies.add(System.nanoTime() - begin);
            next = Math.max(System.nanoTime(), begin + pause(pauseMillis, random));
          }
        });
    return latencies;
  }

  private static long pause(DoubleUnaryOperator pauseMillis, Random random) {
    return (long) (pauseMillis.applyAsDouble(random.nextDouble()) * 1e6);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
