package io.raftless.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one contestant made in one round.
 *
 * @param values in the order in which they are to be shown; finite
 */
public record Sample(Map<Metric, Double> values) {
  public Sample {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    values.forEach(
        (metric, value) -> {
          if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(metric + " is " + value);
          }
        });
  }

  /** One value. */
  public static Sample of(Metric metric, double value) {
    return new Sample(Map.of(metric, value));
  }

  /** One value more. */
  public Sample and(Metric metric, double value) {
    Map<Metric, Double> more = new LinkedHashMap<>(values);
    more.put(metric, value);
    return new Sample(more);
  }

  /** Records and their bytes in so many nanoseconds. */
  public static Sample throughput(long records, long bytes, long nanos) {
    double seconds = nanos / 1e9;
    return of(Metric.THROUGHPUT, bytes / 1e6 / seconds).and(Metric.RECORDS, records / seconds);
  }
}
