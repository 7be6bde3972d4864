package io.raftless.head;

import io.raftless.cas.Verdict;
import io.raftless.id.LabelSource;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import java.util.List;

/**
 * Takes away the left end of the index: batches and segments that are trimmed and whose labels are
 * all below the horizon. *Because* a job that is restored minutes after its batch was trimmed must
 * still find that it was committed, a label leaves the index only when nobody could commit it again
 * (design §5).
 *
 * <p>The result is how many records were forgotten.
 */
public final class ForgetTrimmed extends EditIndex<Long> {

  /** Makes the transition. */
  public ForgetTrimmed(LogKeys keys, LabelSource labels, IndexShape shape, IndexAccess index) {
    super(keys, labels, shape, index);
  }

  @Override
  Verdict<Head, Long> decide(Head head) {
    Cut cut = new Cut(head);
    if (cut.offset == head.indexStart()) {
      return new Verdict.Hold<>(0L);
    }
    IndexEdit segmentsEdit = edit(head, shape().forSegments());
    IndexEdit walEdit = edit(head, shape());
    SpineIndex<Segment> segments = segmentsEdit.dropBefore(head.segments(), cut.offset);
    SpineIndex<Entry> wal = walEdit.dropBefore(head.wal(), cut.offset);
    long cursor = Math.max(head.compactionCursor(), cut.offset);
    return replace(
        head,
        head.forgotten(segments, wal, cursor, cut.chain),
        cut.offset - head.indexStart(),
        segmentsEdit,
        walEdit);
  }

  /** Where what can be forgotten ends. */
  private final class Cut {
    private final Head head;
    private long offset;
    private Chain chain;

    Cut(Head head) {
      this.head = head;
      this.offset = head.indexStart();
      this.chain = head.startChain();
      if (advance(head.segments().items())) {
        advance(head.wal().items());
      }
    }

    /** Whether all of them can be forgotten. */
    private boolean advance(List<? extends Item> items) {
      for (Item item : items) {
        if (isForgettable(item)) {
          offset = item.endOffset();
          chain = item.chainAfter(head.partition(), chain);
        } else {
          if (item instanceof NodeRef ref
              && ref.baseOffset() < head.startOffset()
              && ref.minLabel().compareTo(head.horizon()) < 0) {
            advance(nodes().get(ref).items());
          }
          return false;
        }
      }
      return true;
    }

    private boolean isForgettable(Item item) {
      return item.endOffset() <= head.startOffset()
          && item.maxLabel().compareTo(head.horizon()) < 0;
    }
  }
}
