package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fences or unfences a log in {@code log.json}. It names the generation that it changes: *because*
 * a retried unfence would otherwise reopen a log that was fenced again in between (design §3). It
 * writes even if the log is fenced already: *because* an unfence that was sent before and lands
 * late would otherwise undo a fence that was reported as done.
 *
 * @param incarnation of the log that is meant
 * @param from the state it changes, as it was read
 * @param to what it becomes: open or fenced
 * @param reason for people
 * @param change the name of this very change: two fencers with the same reason are two changes
 */
public record ChangeState(
    Incarnation incarnation,
    LogState from,
    LogState.Status to,
    @Nullable String reason,
    Label change)
    implements Transition<LogDescriptor, LogChange> {

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
    if (log.state().generation() != from.generation()) {
      return new Verdict.Reject<>(new LogChange.Overtaken(log));
    }
    LogDescriptor next = log.withState(from.changedTo(to, reason)).withChange(change);
    return new Verdict.Replace<>(next, new LogChange.Done(next), List.of());
  }
}
