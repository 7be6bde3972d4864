package io.raftless.head;

import io.raftless.id.Label;
import java.util.List;

/** What became of one append request. */
public sealed interface AppendOutcome {

  /**
   * All its batches are in the log.
   *
   * @param baseOffsets of each batch
   * @param alreadyCommitted how many were there before
   */
  record Committed(List<Long> baseOffsets, int alreadyCommitted) implements AppendOutcome {
    public Committed {
      baseOffsets = List.copyOf(baseOffsets);
    }
  }

  /** Not in the log by this request, and it never will be. */
  sealed interface Rejected extends AppendOutcome {}

  /**
   * The log is fenced or deleted.
   *
   * @param state which of the two, since when, and why
   */
  record LogNotOpen(LogState state) implements Rejected {}

  /**
   * Another holder has the writer id.
   *
   * @param holder who
   * @param epoch its epoch
   */
  record FencedOff(String holder, long epoch) implements Rejected {}

  /** The writer id is not known: never acquired, or forgotten since. */
  record UnknownWriter() implements Rejected {}

  /**
   * The next offset is another one than expected.
   *
   * @param nextOffset what it is
   */
  record WrongOffset(long nextOffset) implements Rejected {}

  /**
   * A label is below the vacuum horizon and not in the index.
   *
   * @param label which
   * @param horizon how far the horizon is
   * @param isAbsent true if it is certain that it was never in the log, since no attempt was ever
   *     made; false if nobody can tell any more
   */
  record Expired(Label label, Label horizon, boolean isAbsent) implements Rejected {}

  /**
   * The head has no room for this position.
   *
   * @param bytes that all writers would take
   */
  record NoRoom(int bytes) implements Rejected {}

  /** An earlier request of the same stream was rejected. */
  record EarlierRejected() implements Rejected {}
}
