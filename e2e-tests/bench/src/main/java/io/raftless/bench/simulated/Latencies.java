package io.raftless.bench.simulated;

import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import java.util.Arrays;

/** What operations took. Thread-safe. */
final class Latencies {
  private static final double NANOS_PER_MILLI = 1e6;

  private long[] nanos = new long[1024];
  private int count;

  synchronized void add(long took) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = took;
  }

  synchronized int count() {
    return count;
  }

  /**
   * The smallest that at least this share took no longer than.
   *
   * @throws IllegalStateException if there is none
   */
  synchronized double millis(double share) {
    if (count == 0) {
      throw new IllegalStateException("nothing was measured: the machine is too slow for the time");
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * count) - 1)] / NANOS_PER_MILLI;
  }

  Sample sample() {
    return Sample.of(Metric.P50, millis(0.5)).and(Metric.P99, millis(0.99));
  }
}
