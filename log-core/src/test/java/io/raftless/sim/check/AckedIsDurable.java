package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.HashMap;
import java.util.Map;

/**
 * Docs/protocol.md §2, guarantee 1: once somebody was told where an append is, it is there, and its
 * offsets stay in the index until they are trimmed. (That their records stay what they are is for
 * {@link CompactionPreservesData}, and that they can be read for {@link NoDanglingReference}.)
 */
final class AckedIsDurable implements Invariant {
  private final Shadow shadow;

  /** By partition: the end of all that was told. */
  private final Map<Integer, Long> toldUpTo = new HashMap<>();

  AckedIsDurable(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.Told told
        && told.call() instanceof Call.Append append
        && told.answer() instanceof Answer.Appended appended) {
      Committed.Part part = shadow.history(told.partition()).part(append.batch());
      if (part == null || part.base() != appended.base()) {
        throw broken(
            told.client()
                + " was told that "
                + append
                + " is at offset "
                + appended.base()
                + " of partition "
                + told.partition()
                + ", but it is "
                + (part == null ? "nowhere" : "at " + part.base()));
      }
      toldUpTo.merge(told.partition(), part.base() + part.count(), Math::max);
    } else if (change instanceof Change.HeadWritten written) {
      HeadImage head = written.after().head();
      LogImage log = shadow.log();
      if (head.isDeleted() || log == null || !log.incarnation().equals(head.incarnation())) {
        return;
      }
      long acked = toldUpTo.getOrDefault(head.partition(), 0L);
      if (head.nextOffset() < acked) {
        throw broken(
            written.where()
                + ": it ends at "
                + head.nextOffset()
                + ", but appends up to "
                + acked
                + " were told");
      }
      if (written.after().indexStart() > head.startOffset()) {
        throw broken(
            written.where()
                + ": the index begins at "
                + written.after().indexStart()
                + ", but offsets from "
                + head.startOffset()
                + " on are readable");
      }
    }
  }
}
