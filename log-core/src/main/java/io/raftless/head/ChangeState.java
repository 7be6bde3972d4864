package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Incarnation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fences or unfences a log in {@code log.json}. It names the generation that it changes: *because*
 * a retried unfence would otherwise reopen a log that was fenced again in between (design §3).
 *
 * @param incarnation of the log that is meant
 * @param from the state it changes, as it was read
 * @param to what it becomes
 * @param reason for people
 */
public record ChangeState(
    Incarnation incarnation, LogState from, LogState.Status to, @Nullable String reason)
    implements Transition<LogDescriptor, ChangeState.Outcome> {

  /** What came of it. */
  public sealed interface Outcome {

    /**
     * Done, now or before.
     *
     * @param state to be brought to every head
     * @param partitions that existed then
     */
    record Changed(LogState state, int partitions) implements Outcome {}

    /**
     * Somebody else changed the state in between.
     *
     * @param state what it is now
     */
    record Overtaken(LogState state) implements Outcome {}

    /** The log was deleted and created again. */
    record OtherIncarnation() implements Outcome {}
  }

  @Override
  public Verdict<LogDescriptor, Outcome> apply(LogDescriptor log) {
    if (!log.incarnation().equals(incarnation)) {
      return new Verdict.Reject<>(new Outcome.OtherIncarnation());
    }
    LogState target = from.changedTo(to, reason);
    if (log.state().equals(target)) {
      return new Verdict.Hold<>(new Outcome.Changed(target, log.partitions()));
    }
    if (log.state().generation() != from.generation()) {
      return new Verdict.Reject<>(new Outcome.Overtaken(log.state()));
    }
    return new Verdict.Replace<>(
        log.withState(target), new Outcome.Changed(target, log.partitions()), List.of());
  }
}
