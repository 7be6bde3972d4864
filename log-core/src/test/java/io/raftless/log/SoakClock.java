package io.raftless.log;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.TreeMap;

/**
 * The time at which the oldest append that is under way began; now if there is none. Who vacuums by
 * it needs no guess how long an append may take on a machine that has other things to do: the
 * horizon is never beyond a batch that waits for its turn.
 */
final class SoakClock extends Clock {
  /** Guarded by this: beginnings in milliseconds, and how many began then. */
  private final TreeMap<Long, Integer> underWay = new TreeMap<>();

  /** To be called before the append; its result is for {@link #end}. */
  synchronized long begin() {
    long now = System.currentTimeMillis();
    underWay.merge(now, 1, Integer::sum);
    return now;
  }

  /** Returns how long it took, in milliseconds. */
  synchronized long end(long begun) {
    underWay.merge(begun, -1, (one, other) -> one + other == 0 ? null : one + other);
    return System.currentTimeMillis() - begun;
  }

  @Override
  public synchronized Instant instant() {
    return Instant.ofEpochMilli(
        underWay.isEmpty() ? System.currentTimeMillis() : underWay.firstKey());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
