package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import java.util.List;

/**
 * Replaces a deleted log in {@code log.json} by a new incarnation. To be applied only when every
 * head of the old one is deleted: *because* {@code log.json} is the only thing that says how many
 * there were.
 *
 * @param deleted the incarnation that was found deleted
 * @param first what the new one starts with
 */
public record RecreateLog(Incarnation deleted, LogDescriptor first)
    implements Transition<LogDescriptor, LogChange> {

  @Override
  public Verdict<LogDescriptor, LogChange> apply(LogDescriptor log) {
    if (log.incarnation().equals(first.incarnation())) {
      return new Verdict.Hold<>(new LogChange.Done(log));
    }
    if (!log.incarnation().equals(deleted)) {
      return new Verdict.Reject<>(new LogChange.OtherIncarnation(log));
    }
    if (log.state().status() != LogState.Status.DELETED) {
      return new Verdict.Reject<>(new LogChange.Overtaken(log));
    }
    // The cell gives it the version after that of the old one.
    return new Verdict.Replace<>(first, new LogChange.Done(first), List.of());
  }
}
