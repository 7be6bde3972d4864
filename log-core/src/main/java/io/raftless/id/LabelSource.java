package io.raftless.id;

import com.fasterxml.uuid.UUIDClock;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
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
  /** Clocks this far apart are broken: labels of the far future would outlive every retention. */
  private static final Duration MOST_APART = Duration.ofDays(1);

  private final Clock clock;
  private final Time time = new Time();
  private final TimeBasedEpochGenerator generator;

  /** How far the store's clock was ahead of ours when last seen, in milliseconds. */
  private volatile long storeAheadMillis;

  /** Whether the store's clock was ever seen. */
  private volatile boolean hasObserved;

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
    hasObserved = true;
  }

  /**
   * How far the store's clock was ahead of this process's when last seen; negative if it was
   * behind, empty if the store never said what time it is.
   */
  public Optional<Duration> storeAhead() {
    return hasObserved ? Optional.of(Duration.ofMillis(storeAheadMillis)) : Optional.empty();
  }

  /**
   * A label that was never minted before and is not below {@code horizon}.
   *
   * @throws IllegalStateException if this machine's clock and the store's are more than a day apart
   */
  public synchronized Label next(Label horizon) {
    long apart = Math.abs(storeAheadMillis);
    if (apart > MOST_APART.toMillis()) {
      throw new IllegalStateException(
          "this machine's clock and the store's are "
              + Duration.ofMillis(apart)
              + " apart: set this machine's right, then start again");
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
