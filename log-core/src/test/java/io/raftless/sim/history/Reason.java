package io.raftless.sim.history;

/** Why a call was refused: each claims something of the log, at some moment of the call. */
public enum Reason {
  /** An append: the log was fenced, and the batch was not in it. */
  LOG_FENCED,
  /**
   * An append: the writer id was held with another epoch, and the batch was not in the log. An
   * acquire: another holder had the writer id.
   */
  WRITER_FENCED,
  /** An append: nobody had acquired the writer id, and the batch was not in the log. */
  UNKNOWN_WRITER,
  /**
   * An append: the next offset was another one than expected, and the batch was not in the log. A
   * read or a trim: the log did not reach that far.
   */
  WRONG_OFFSET,
  /** An append: an earlier one of the same client had failed; this one never had an effect. */
  EARLIER_FAILED,
  /** A read: the log started beyond the offset. */
  TRIMMED,
  /**
   * An append of a staged batch below the horizon: nobody can tell. The batch may be there, also by
   * an attempt of this very call, but not by one that lands after the answer.
   */
  EXPIRED,
  /**
   * A fence or an unfence: somebody else changed the state. It had no effect on this partition. (In
   * a log of several partitions it may have had one: record it as unknown there.)
   */
  OTHER_GENERATION
}
