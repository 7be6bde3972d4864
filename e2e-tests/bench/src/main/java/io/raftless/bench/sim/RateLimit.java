package io.raftless.bench.sim;

/** So many in any second: a bucket of tokens that is full at the beginning. Thread-safe. */
final class RateLimit {
  private final double perSecond;
  private double tokens;
  private long lastNanos;

  RateLimit(double perSecond, long nowNanos) {
    this.perSecond = perSecond;
    this.tokens = perSecond;
    this.lastNanos = nowNanos;
  }

  synchronized boolean admits(long nowNanos) {
    tokens = Math.min(perSecond, tokens + (nowNanos - lastNanos) / 1e9 * perSecond);
    lastNanos = nowNanos;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}
