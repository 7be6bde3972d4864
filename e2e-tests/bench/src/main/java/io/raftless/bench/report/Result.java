package io.raftless.bench.report;

import io.raftless.bench.Metric;
import io.raftless.bench.Target;
import java.util.List;
import java.util.Map;

/**
 * What came of an experiment.
 *
 * @param experiment its name
 * @param question what was measured
 * @param size how much of it
 * @param seed of what was random
 * @param machine what it ran on
 * @param seconds how long it took
 * @param measured by contestant and metric
 * @param verdicts one for each target
 */
public record Result(
    String experiment,
    String question,
    String size,
    long seed,
    Machine machine,
    double seconds,
    Map<String, Map<Metric, Figures>> measured,
    List<Verdict> verdicts) {

  /**
   * How a target was met.
   *
   * @param target what was promised
   * @param figures the ratio (or the value) of each round
   */
  public record Verdict(Target target, Figures figures) {
    /** By the median. */
    public boolean isMet() {
      return target.isMetBy(figures.median());
    }
  }

  /** Whether something was missed that does not depend on the machine. */
  public boolean isRegression() {
    return verdicts.stream().anyMatch(verdict -> verdict.target().isExact() && !verdict.isMet());
  }
}
