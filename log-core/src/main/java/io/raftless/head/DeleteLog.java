package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Marks a log as deleted in {@code log.json}: the first step of a deletion. From then on no head is
 * created from it that takes appends, it does not grow, and its number of partitions stays what it
 * is. The incarnation never leaves this state.
 *
 * @param incarnation of the log that is meant
 * @param reason for people
 */
public record DeleteLog(Incarnation incarnation, @Nullable String reason)
    implements Transition<LogDescriptor, LogChange> {

  @Override
  public Verdict<LogDescriptor, LogChange> apply(LogDescriptor log) {
    if (!log.incarnation().equals(incarnation)) {
      return new Verdict.Reject<>(new LogChange.OtherIncarnation(log));
    }
    if (log.state().status() == LogState.Status.DELETED) {
      return new Verdict.Hold<>(new LogChange.Done(log));
    }
    LogDescriptor next = log.withState(log.state().changedTo(LogState.Status.DELETED, reason));
    return new Verdict.Replace<>(next, new LogChange.Done(next), List.of());
  }
}
