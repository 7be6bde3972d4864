package io.raftless.maintenance;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What retention did to one partition.
 *
 * @param partition which
 * @param startBefore its start offset before
 * @param startAfter its start offset after
 * @param wanted the first offset that the limits would keep
 * @param pin the first offset that a group has not read; empty if no group pins
 * @param failure why nothing was trimmed although something might have been; null if there is no
 *     such reason
 */
public record RetentionOutcome(
    int partition,
    long startBefore,
    long startAfter,
    long wanted,
    OptionalLong pin,
    @Nullable Throwable failure) {

  /** How many records went. */
  public long trimmed() {
    return startAfter - startBefore;
  }

  /** Whether a group keeps what the limits would let go. */
  public boolean isPinned() {
    return pin.isPresent() && pin.getAsLong() < wanted;
  }

  /** Why nothing was trimmed although something might have been. */
  public Optional<Throwable> trouble() {
    return Optional.ofNullable(failure);
  }
}
