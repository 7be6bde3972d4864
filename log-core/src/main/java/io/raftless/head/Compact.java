package io.raftless.head;

import io.raftless.cas.Verdict;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexShape;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import java.util.List;

/**
 * Puts segments in the place of the batches they were made of: a prefix of the WAL's index and,
 * with it, the last few segments if they are too small (design §5, §6).
 *
 * <p>Nothing readable changes: the same records at the same offsets, the same labels, the same
 * chain. So appends, readers and fences are not concerned, and a fenced log is compacted as well.
 * That the inputs are still there is checked in the head that is replaced: the cursor and the chain
 * at it name the same prefix of the same history for good.
 */
public final class Compact extends EditIndex<Compact.Outcome> {
  private final Plan plan;

  /**
   * What is replaced by what.
   *
   * @param cursor where the WAL began when the plan was made: the compaction cursor
   * @param cursorChain the hash chain there
   * @param merged the last segments of the index, which are part of the result
   * @param segments the result: from where {@code merged} began, or from {@code cursor}, to the new
   *     cursor
   */
  public record Plan(long cursor, Chain cursorChain, List<Segment> merged, List<Segment> segments) {
    public Plan {
      merged = List.copyOf(merged);
      segments = List.copyOf(segments);
      long next = merged.isEmpty() ? cursor : merged.get(0).baseOffset();
      for (Segment segment : segments) {
        if (segment.baseOffset() != next) {
          throw new IllegalArgumentException(
              "offset " + next + " is followed by " + segment.baseOffset());
        }
        next = segment.endOffset();
      }
      if (segments.isEmpty() || next < cursor) {
        throw new IllegalArgumentException("the plan ends at " + next + ", before " + cursor);
      }
    }

    /** The cursor to be. */
    public long newCursor() {
      return segments.get(segments.size() - 1).endOffset();
    }
  }

  /** What came of it. */
  public sealed interface Outcome {

    /** The segments are in the index. */
    record Installed() implements Outcome {}

    /**
     * The plan does not fit the head any more: somebody else compacted, merged or forgot the same.
     * The segments are garbage, unless they were installed by an attempt whose answer was lost, and
     * merged by somebody since: nobody may delete them for this answer.
     */
    record Overtaken() implements Outcome {}

    /**
     * The segments were made so long ago that they may be deleted: they are garbage.
     *
     * @param horizon of the head
     */
    record Expired(Label horizon) implements Outcome {}

    /** The log is deleted. */
    record Deleted() implements Outcome {}
  }

  /** Makes the transition. */
  public Compact(LogKeys keys, LabelSource labels, IndexShape shape, IndexAccess index, Plan plan) {
    super(keys, labels, shape, index);
    this.plan = plan;
  }

  @Override
  Verdict<Head, Outcome> decide(Head head) {
    if (head.isDeleted()) {
      return new Verdict.Reject<>(new Outcome.Deleted());
    }
    List<Segment> last = head.segments().entries();
    if (last.contains(plan.segments().get(plan.segments().size() - 1))) {
      return new Verdict.Hold<>(new Outcome.Installed());
    }
    int merged = plan.merged().size();
    if (head.compactionCursor() != plan.cursor()
        || last.size() < merged
        || !last.subList(last.size() - merged, last.size()).equals(plan.merged())
        || plan.newCursor() > head.nextOffset()) {
      return new Verdict.Reject<>(new Outcome.Overtaken());
    }
    if (!head.cursorChain().equals(plan.cursorChain())) {
      throw new IllegalStateException(
          "the chain at offset "
              + plan.cursor()
              + " is "
              + head.cursorChain()
              + ", but the compaction was made for "
              + plan.cursorChain());
    }
    for (Segment segment : plan.segments()) {
      if (isExpired(head, segment.provenance())
          || (segment.label() != null && isExpired(head, segment.label()))) {
        return new Verdict.Reject<>(new Outcome.Expired(head.horizon()));
      }
    }
    requireReadable(head);
    IndexEdit walEdit = edit(head, shape());
    IndexEdit segmentsEdit = edit(head, shape().forSegments());
    SpineIndex<Entry> wal = walEdit.dropBefore(head.wal(), plan.newCursor());
    SpineIndex<Segment> segments =
        segmentsEdit.spill(
            head.segments().withoutLast(merged).plus(plan.segments()), head.startChain());
    requireChain(head, wal);
    return replace(
        head,
        head.compacted(segments, wal, plan.newCursor()),
        new Outcome.Installed(),
        walEdit,
        segmentsEdit);
  }

  /** Invariant: whatever is at or above the start offset has data. */
  private void requireReadable(Head head) {
    for (Segment segment : plan.segments()) {
      if (segment.dataOffset() > Math.max(segment.baseOffset(), head.startOffset())) {
        throw new IllegalStateException(
            "the segment of offsets "
                + segment.baseOffset()
                + " to "
                + segment.endOffset()
                + " has data from "
                + segment.dataOffset()
                + " on, but partition "
                + head.partition()
                + " is read from "
                + head.startOffset());
      }
    }
  }

  /**
   * Invariant: the chain of the last segment and what is left of the WAL give the chain of the
   * head. It is computed from batches as far as these are in the head; nodes know their own.
   */
  private void requireChain(Head head, SpineIndex<Entry> wal) {
    Chain end = plan.segments().get(plan.segments().size() - 1).chain();
    if (!wal.endChain(head.partition(), end).equals(head.chain())) {
      throw new IllegalStateException(
          "compaction of partition "
              + head.partition()
              + " up to offset "
              + plan.newCursor()
              + " gives the chain "
              + end
              + " there, which does not lead to the head's "
              + head.chain());
    }
  }

  private static boolean isExpired(Head head, Label label) {
    return label.compareTo(head.horizon()) < 0;
  }
}
