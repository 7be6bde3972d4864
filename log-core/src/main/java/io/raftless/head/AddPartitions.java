package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import java.util.List;

/**
 * Raises the number of partitions in {@code log.json}. It takes the larger of the two numbers, so
 * its effect can be seen in whatever state follows. Fenced logs grow as well: the new heads are
 * created from this {@code log.json}, so they are fenced, too.
 *
 * @param incarnation of the log that is meant
 * @param total how many partitions there shall be at least
 */
public record AddPartitions(Incarnation incarnation, int total)
    implements Transition<LogDescriptor, LogChange> {

  @Override
  public Verdict<LogDescriptor, LogChange> apply(LogDescriptor log) {
    if (!log.incarnation().equals(incarnation)) {
      return new Verdict.Reject<>(new LogChange.OtherIncarnation(log));
    }
    if (log.state().status() == LogState.Status.DELETED) {
      return new Verdict.Reject<>(new LogChange.Deleted(log));
    }
    if (log.partitions() >= total) {
      return new Verdict.Hold<>(new LogChange.Done(log));
    }
    LogDescriptor next = log.withPartitions(total);
    return new Verdict.Replace<>(next, new LogChange.Done(next), List.of());
  }
}
