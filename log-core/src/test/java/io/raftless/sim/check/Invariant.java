package io.raftless.sim.check;

import io.raftless.sim.Violation;

/** One thing that always holds. It may remember what it saw. */
interface Invariant {

  /** What a violation of it is called. */
  default String name() {
    return getClass().getSimpleName();
  }

  /**
   * Looks at something that just happened.
   *
   * @throws Violation if that must not be
   */
  void check(Change change);

  /** To be thrown. */
  default Violation broken(String what) {
    return new Violation(name(), what);
  }
}
