package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Label;
import java.util.List;

/**
 * Moves the vacuum horizon of a head ahead, never back: from then on no label below it is newly
 * introduced into the index, so what is below it and not in the index never will be (design §7).
 * The result is the horizon that the head has.
 *
 * @param horizon from {@code log.json}
 */
public record AdvanceHorizon(Label horizon) implements Transition<Head, Label> {

  @Override
  public Verdict<Head, Label> apply(Head head) {
    return head.horizon().compareTo(horizon) >= 0
        ? new Verdict.Hold<>(head.horizon())
        : new Verdict.Replace<>(head.withHorizon(horizon), horizon, List.of());
  }
}
