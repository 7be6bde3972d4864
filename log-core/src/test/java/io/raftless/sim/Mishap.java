package io.raftless.sim;

/** What may go wrong at one conditional write, as an alternative to its being done and answered. */
enum Mishap {
  /** It takes effect and is answered as unknown. */
  ANSWER_LOST,
  /** It is answered as unknown, and takes effect at any later step: a step of its own. */
  LANDS_LATE,
  /** It takes no effect and is answered with a conflict, though nothing was in its way. */
  CONFLICT_FOR_NOTHING,
  /** It takes effect and is answered with a conflict. */
  CONFLICT_BUT_APPLIED,
  /** The machine crashes, and the write never arrives. */
  CRASH,
  /** The machine crashes, and the write arrives at any later step. */
  CRASH_AND_LANDS_LATE,
  /** The write takes effect, and the machine crashes before it hears of it. */
  CRASH_AFTER;

  boolean isCrash() {
    return this == CRASH || this == CRASH_AND_LANDS_LATE || this == CRASH_AFTER;
  }

  /** Whether the store sees the write in this very step. */
  boolean isApplied() {
    return this == ANSWER_LOST || this == CONFLICT_BUT_APPLIED || this == CRASH_AFTER;
  }

  boolean landsLate() {
    return this == LANDS_LATE || this == CRASH_AND_LANDS_LATE;
  }
}
