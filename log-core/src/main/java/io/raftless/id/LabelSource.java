package io.raftless.id;

import com.fasterxml.uuid.UUIDClock;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;

/**
 * Mints labels. Within one source they ascend while its clock does. Their time is the latest of
 * this process's clock, the store's clock as last seen, and the horizon of the log they are for, so
 * that a slow clock does not mint labels that a vacuum has already passed (design §7; hygiene, not
 * safety: the guard that counts is in the transitions).
 *
 * <p>Thread-safe.
 */
public final class LabelSource {
  /** A clock this far ahead of the store's is broken: its labels would outlive every retention. */
  private static final Duration MOST_AHEAD = Duration.ofDays(1);

  private final Clock clock;
  private final Time time = new Time();
  private final TimeBasedEpochGenerator generator;

  /** How far the store's clock was ahead of ours when last seen, in milliseconds. */
  private volatile long storeAheadMillis;

  /**
   * Makes a source.
   *
   * @param clock this process's clock
   * @param random for the random part; a {@code SecureRandom} except in seeded tests
   */
  public LabelSource(Clock clock, Random random) {
    this.clock = clock;
    this.generator = new TimeBasedEpochGenerator(random, time);
  }

  /** Notes what the store's clock said just now. */
  public void observe(Instant storeDate) {
    storeAheadMillis = storeDate.toEpochMilli() - clock.millis();
  }

  /**
   * A label that was never minted before and is not below {@code horizon}.
   *
   * @throws IllegalStateException if this machine's clock is more than a day ahead of the store's
   */
  public synchronized Label next(Label horizon) {
    if (storeAheadMillis < -MOST_AHEAD.toMillis()) {
      throw new IllegalStateException(
          "this machine's clock is "
              + Duration.ofMillis(-storeAheadMillis)
              + " ahead of the store's: set it right, then start again");
    }
    time.floorMillis = horizon.time().toEpochMilli() + 1;
    return new Label(generator.generate());
  }

  /** A label for a place that has no horizon yet. */
  public Label next() {
    return next(Label.ZERO);
  }

  /** What the generator takes for the time. */
  private final class Time extends UUIDClock {
    /** Guarded by the source. */
    private long floorMillis;

    @Override
    public long currentTimeMillis() {
      return Math.max(clock.millis() + Math.max(0, storeAheadMillis), floorMillis);
    }
  }
}
