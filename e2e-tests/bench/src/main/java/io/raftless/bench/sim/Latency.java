package io.raftless.bench.sim;

import java.util.Random;

/**
 * How long requests take: log-normal for most, and log-normal with a larger median for the few that
 * meet a slow machine, a retry inside the service or a new connection.
 *
 * @param medianMillis of most requests, above 0
 * @param sigma of the logarithm of what most of them take, at least 0
 * @param tailShare of the slow ones among all, 0 to 1
 * @param tailMedianMillis of the slow ones, above 0
 * @param tailSigma of the logarithm of what the slow ones take, at least 0
 */
public record Latency(
    double medianMillis,
    double sigma,
    double tailShare,
    double tailMedianMillis,
    double tailSigma) {
  private static final double NANOS_PER_MILLI = 1e6;

  public Latency {
    if (!(medianMillis > 0 && sigma >= 0 && tailMedianMillis > 0 && tailSigma >= 0)
        || !(tailShare >= 0 && tailShare <= 1)) {
      throw new IllegalArgumentException(
          "not a distribution: median "
              + medianMillis
              + " ms, sigma "
              + sigma
              + ", of a share of "
              + tailShare
              + " median "
              + tailMedianMillis
              + " ms, sigma "
              + tailSigma);
    }
  }

  /** Always the same. */
  public static Latency constant(double millis) {
    return new Latency(millis, 0, 0, millis, 0);
  }

  /** One draw, in nanoseconds. Draws twice whatever comes of it, so that seeds stay comparable. */
  long drawNanos(Random random) {
    boolean isSlow = random.nextDouble() < tailShare;
    double deviation = random.nextGaussian();
    double millis =
        isSlow
            ? tailMedianMillis * Math.exp(tailSigma * deviation)
            : medianMillis * Math.exp(sigma * deviation);
    return (long) (millis * NANOS_PER_MILLI);
  }
}
