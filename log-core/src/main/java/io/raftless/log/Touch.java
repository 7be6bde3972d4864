package io.raftless.log;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.head.Head;

/** Makes sure that a head is there, and changes nothing. */
record Touch() implements Transition<Head, Boolean> {
  @Override
  public Verdict<Head, Boolean> apply(Head head) {
    return new Verdict.Hold<>(true);
  }
}
