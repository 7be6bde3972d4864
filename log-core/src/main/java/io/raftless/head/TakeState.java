package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;

/**
 * Brings a state from {@code log.json} into a head: FenceLog and UnfenceLog of the protocol. Of two
 * states the one with the larger generation wins, in whatever order they arrive; but deleted wins
 * over everything and is never left.
 *
 * @param state from {@code log.json}
 */
public record TakeState(LogState state) implements Transition<Head, LogState> {

  @Override
  public Verdict<Head, LogState> apply(Head head) {
    boolean isDeleted = head.state().status() == LogState.Status.DELETED;
    boolean deletes = state.status() == LogState.Status.DELETED;
    boolean isNewer = state.generation() > head.state().generation();
    return !isDeleted && (deletes || isNewer)
        ? new Verdict.Replace<>(head.withState(state), state, List.of())
        : new Verdict.Hold<>(head.state());
  }
}
