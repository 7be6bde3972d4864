package io.raftless.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether a log takes appends. Kept in {@code log.json} and in every head; a head takes the one
 * with the larger generation, so that a fence and an unfence that cross leave no mixture (design
 * §3).
 *
 * @param status open, fenced or deleted
 * @param generation +1 with every change in {@code log.json}
 * @param reason for people, at most 500 characters
 */
public record LogState(
    Status status,
    long generation,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String reason) {
  private static final int MAX_REASON = 500;

  /** What may be done with a log. */
  public enum Status {
    /** Appends are taken. */
    OPEN,
    /** Appends are refused until somebody unfences it; reading goes on. */
    FENCED,
    /** Gone for good. */
    DELETED
  }

  /** Of a log that was just created. */
  public static final LogState NEW = new LogState(Status.OPEN, 0, null);

  public LogState {
    Objects.requireNonNull(status, "status");
    if (reason != null && reason.length() > MAX_REASON) {
      reason = reason.substring(0, MAX_REASON);
    }
  }

  /** The state that a change makes of this one. */
  public LogState changedTo(Status status, @Nullable String reason) {
    return new LogState(status, generation + 1, reason);
  }
}
