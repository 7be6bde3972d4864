package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes the settings in {@code log.json}, whatever they are then: of two administrators none
 * undoes what the other did. It writes even if the settings stay what they are: *because* a write
 * that lands late could change them after this one was reported as done.
 *
 * @param incarnation of the log that is meant
 * @param expected what the settings must be for it to be done; null for anything
 * @param operation from the settings that there are to those that there shall be; applied to every
 *     state that is tried, so without side effects
 * @param change the name of this very change
 * @param attemptedOn the version on which it was attempted without an answer of success; empty if
 *     it was not
 */
public record ChangeSettings(
    Incarnation incarnation,
    @Nullable LogSettings expected,
    UnaryOperator<LogSettings> operation,
    Label change,
    OptionalLong attemptedOn)
    implements Transition<LogDescriptor, LogChange> {

  /** A change that was not attempted yet. */
  public static ChangeSettings of(
      Incarnation incarnation,
      @Nullable LogSettings expected,
      UnaryOperator<LogSettings> operation,
      Label change) {
    return new ChangeSettings(incarnation, expected, operation, change, OptionalLong.empty());
  }

  @Override
  public Verdict<LogDescriptor, LogChange> apply(LogDescriptor log) {
    if (!log.incarnation().equals(incarnation)) {
      return new Verdict.Reject<>(new LogChange.OtherIncarnation(log));
    }
    if (log.state().status() == LogState.Status.DELETED) {
      return new Verdict.Reject<>(new LogChange.Deleted(log));
    }
    if (log.changes().contains(change)) {
      return new Verdict.Hold<>(new LogChange.Done(log));
    }
    if (attemptedOn.isPresent() && !log.wouldRemember(attemptedOn.getAsLong())) {
      // Made again, it could undo what another administrator changed since.
      return new Verdict.Reject<>(new LogChange.Untold(log));
    }
    if (expected != null && !log.settings().equals(expected)) {
      return new Verdict.Reject<>(new LogChange.Overtaken(log));
    }
    LogDescriptor next = log.withSettings(operation.apply(log.settings())).withChange(change);
    return new Verdict.Replace<>(next, new LogChange.Done(next), List.of());
  }

  @Override
  public Transition<LogDescriptor, LogChange> attemptedOn(LogDescriptor log) {
    return new ChangeSettings(
        incarnation, expected, operation, change, OptionalLong.of(log.version()));
  }
}
