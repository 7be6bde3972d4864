package io.raftless.log;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What an append depends on, and what it stores besides its records.
 *
 * @param expectedNextOffset the offset that the first record must get; empty for any
 * @param position to store for the writer id, atomically with the records: small JSON of at most
 *     1,024 characters; null to leave it as it is
 */
public record AppendConditions(OptionalLong expectedNextOffset, @Nullable String position) {

  /** None. */
  public static final AppendConditions NONE = new AppendConditions(OptionalLong.empty(), null);

  /** The first record must get this offset. */
  public static AppendConditions at(long offset) {
    return new AppendConditions(OptionalLong.of(offset), null);
  }

  /** Store this position with the records. */
  public static AppendConditions withPosition(String position) {
    return new AppendConditions(OptionalLong.empty(), position);
  }
}
