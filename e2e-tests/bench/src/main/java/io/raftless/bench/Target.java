package io.raftless.bench;

import org.jspecify.annotations.Nullable;

/**
 * What is promised: a ratio of two contestants in the same round, or a value of one.
 *
 * @param claim in words, as "append is at 0.9 of raw PUT"
 * @param metric what is compared
 * @param subject the contestant of which it is promised
 * @param yardstick the contestant it is divided by; null if the value itself is promised
 * @param bound on which side of the limit it has to be
 * @param limit of the ratio or of the value
 * @param isExact whether it does not depend on the machine (a number of requests): a run that
 *     misses it fails
 */
public record Target(
    String claim,
    Metric metric,
    String subject,
    @Nullable String yardstick,
    Bound bound,
    double limit,
    boolean isExact) {

  /** On which side of the limit is good. */
  public enum Bound {
    /** At least the limit. */
    AT_LEAST("≥"),
    /** At most the limit. */
    AT_MOST("≤");

    private final String sign;

    Bound(String sign) {
      this.sign = sign;
    }

    /** As it is written. */
    public String sign() {
      return sign;
    }
  }

  /** The subject's value is at least so many times that of the yardstick. */
  public static Target atLeast(
      String claim, Metric metric, String subject, String yardstick, double limit) {
    return new Target(claim, metric, subject, yardstick, Bound.AT_LEAST, limit, false);
  }

  /** The subject's value is at most so many times that of the yardstick. */
  public static Target atMost(
      String claim, Metric metric, String subject, String yardstick, double limit) {
    return new Target(claim, metric, subject, yardstick, Bound.AT_MOST, limit, false);
  }

  /** The subject's value itself has a limit. */
  public static Target value(
      String claim, Metric metric, String subject, Bound bound, double limit) {
    return new Target(claim, metric, subject, null, bound, limit, false);
  }

  /** The same, of which a miss fails the run. */
  public Target exact() {
    return new Target(claim, metric, subject, yardstick, bound, limit, true);
  }

  /** Whether this ratio or value is good. */
  public boolean isMetBy(double value) {
    return bound == Bound.AT_LEAST ? value >= limit : value <= limit;
  }
}
