package io.raftless.maintenance;

import io.raftless.head.LogSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What of a partition is kept. What any of the limits lets go, goes; whole batches and segments,
 * from the left, and never beyond what a group has read if it is named as a pin.
 *
 * @param mostAge of a record, by its timestamp; null for any. A batch or segment goes when all its
 *     records, and those before it, are older
 * @param mostBytes of stored data of a partition; negative for any number
 * @param from the first offset to keep, 0 or more; 0 for all
 */
public record RetentionPolicy(@Nullable Duration mostAge, long mostBytes, long from) {
  private static final long ANY = -1;
  private static final Duration MOST_AGE = Duration.ofDays(365_000);

  public RetentionPolicy {
    if (mostAge != null && (mostAge.isNegative() || mostAge.compareTo(MOST_AGE) > 0)) {
      throw new IllegalArgumentException(
          "age " + mostAge + " to keep: choose 0 to 365,000 days (P365000D)");
    }
    if (from < 0) {
      throw new IllegalArgumentException("offset " + from + " to keep from: choose 0 or more");
    }
  }

  /** Everything is kept. */
  public static RetentionPolicy keepAll() {
    return new RetentionPolicy(null, ANY, 0);
  }

  /** What the settings of a log keep, without the groups they name. */
  public static RetentionPolicy of(LogSettings.Retention settings) {
    return new RetentionPolicy(
        settings.ageMillis() == null ? null : Duration.ofMillis(settings.ageMillis()),
        settings.bytes() == null ? ANY : settings.bytes(),
        0);
  }

  /** The same with a limit of age. */
  public RetentionPolicy withMostAge(Duration age) {
    return new RetentionPolicy(age, mostBytes, from);
  }

  /** The same with a limit of bytes, 0 or more, for each partition. */
  public RetentionPolicy withMostBytes(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes " + bytes + " to keep: choose 0 or more");
    }
    return new RetentionPolicy(mostAge, bytes, from);
  }

  /** The same with a first offset to keep. */
  public RetentionPolicy withFrom(long offset) {
    return new RetentionPolicy(mostAge, mostBytes, offset);
  }

  Optional<Duration> age() {
    return Optional.ofNullable(mostAge);
  }

  OptionalLong bytes() {
    return mostBytes < 0 ? OptionalLong.empty() : OptionalLong.of(mostBytes);
  }
}
