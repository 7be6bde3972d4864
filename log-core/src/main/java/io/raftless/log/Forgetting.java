package io.raftless.log;

/** What may be lost when a writer id is released or forgotten. */
public enum Forgetting {
  /** Nothing: a writer id with a position or with superseded holders stays. */
  NOTHING_OF_USE,
  /**
   * Its position, so that whoever goes on from it writes again what it covered, and its superseded
   * holders, which can acquire again.
   */
  EVERYTHING
}
