package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;

/**
 * Brings a state from {@code log.json} into a head: FenceLog and UnfenceLog of the protocol. Of two
 * states the one with the larger generation wins, in whatever order they arrive.
 *
 * @param state from {@code log.json}
 */
public record TakeState(LogState state) implements Transition<Head, LogState> {

  @Override
  public Verdict<Head, LogState> apply(Head head) {
    return head.state().generation() >= state.generation()
        ? new Verdict.Hold<>(head.state())
        : new Verdict.Replace<>(head.withState(state), state, List.of());
  }
}
