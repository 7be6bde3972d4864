package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.List;

/**
 * Moves the vacuum horizon in {@code log.json} ahead, never back: the first step of a vacuum. Heads
 * that are created from then on begin with it; those that exist take it by {@link AdvanceHorizon}
 * (design §7).
 *
 * @param incarnation of the log that is meant: *because* the horizon of a log that was deleted says
 *     nothing about the one that has its name now
 * @param horizon to be reached at least
 */
public record RaiseHorizon(Incarnation incarnation, Label horizon)
    implements Transition<LogDescriptor, RaiseHorizon.Outcome> {

  /** What came of it. */
  public sealed interface Outcome {

    /**
     * The horizon is there, now or before.
     *
     * @param log that says so: with its horizon, and the partitions to bring it to
     */
    record Raised(LogDescriptor log) implements Outcome {}

    /** The log is deleted: nothing of it is needed any more. */
    record Deleted() implements Outcome {}

    /** The log was deleted and created again. */
    record OtherIncarnation() implements Outcome {}
  }

  @Override
  public Verdict<LogDescriptor, Outcome> apply(LogDescriptor log) {
    if (!log.incarnation().equals(incarnation)) {
      return new Verdict.Reject<>(new Outcome.OtherIncarnation());
    }
    if (log.state().status() == LogState.Status.DELETED) {
      return new Verdict.Reject<>(new Outcome.Deleted());
    }
    if (log.horizon().compareTo(horizon) >= 0) {
      return new Verdict.Hold<>(new Outcome.Raised(log));
    }
    LogDescriptor next = log.withHorizon(horizon);
    return new Verdict.Replace<>(next, new Outcome.Raised(next), List.of());
  }
}
