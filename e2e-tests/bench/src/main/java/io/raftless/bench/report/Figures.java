package io.raftless.bench.report;

import java.util.List;

/**
 * Several measurements of one thing.
 *
 * @param values by round
 */
public record Figures(List<Double> values) {
  public Figures {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no measurement");
    }
  }

  /** The one in the middle; of an even number, the mean of the two in the middle. */
  public double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The smallest. */
  public double min() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /** The largest. */
  public double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }
}
