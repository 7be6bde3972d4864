package io.raftless.head;

import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeNeededException;
import io.raftless.index.SpineIndex;
import java.util.List;
import java.util.Optional;

/**
 * What a head becomes with more batches. Some of them, and of those before, may be in the head
 * itself; there is room for so many bytes of them, and nodes have none at all. Batches for which
 * there is no room are written out to an object, which is stored before the head.
 *
 * <p>If some must go, all go that were there before; if that is not enough, all there are.
 * *Because* each time costs an object, whatever can be in it should be; and what is new stays if it
 * can, since those who follow the log are about to read it.
 */
final class Growth {
  private final LabelSource labels;
  private final IndexShape shape;
  private final KnownNodes nodes;
  private final Head head;

  Growth(LabelSource labels, IndexShape shape, KnownNodes nodes, Head head) {
    this.labels = labels;
    this.shape = shape;
    this.nodes = nodes;
    this.head = head;
  }

  /**
   * A head, and what it refers to that does not exist yet.
   *
   * @param next the head
   * @param edit what created the rest
   */
  record Grown(Head next, IndexEdit edit) {}

  /**
   * Adds batches.
   *
   * @param chain after them
   * @throws NodeNeededException if a node must be read first
   */
  Grown with(List<Entry> added, long nextOffset, Chain chain) {
    SpineIndex<Entry> all = head.wal().plus(added);
    int moved = edit().tooMany(all.entries());
    int old = Math.max(moved, head.wal().entries().size());
    boolean mustWriteOut = all.entries().subList(0, moved).stream().anyMatch(e -> e.data() != null);
    return (mustWriteOut ? Optional.<Grown>empty() : fitting(all, 0, nextOffset, chain))
        .or(() -> fitting(all, old, nextOffset, chain))
        .orElseGet(() -> writtenOut(all, all.entries().size(), nextOffset, chain));
  }

  private IndexEdit edit() {
    return new IndexEdit(shape, head.partition(), nodes, () -> labels.next(head.horizon()));
  }

  private Optional<Grown> fitting(SpineIndex<Entry> all, int until, long nextOffset, Chain chain) {
    Grown grown = writtenOut(all, until, nextOffset, chain);
    int bytes = grown.next().wal().inlineBytes();
    boolean hasRoom =
        bytes == 0
            || (bytes <= shape.inlineBytes()
                && grown.next().bytesWithAllWriters() <= Head.MAX_BYTES_WITH_BATCHES);
    return hasRoom ? Optional.of(grown) : Optional.empty();
  }

  private Grown writtenOut(SpineIndex<Entry> all, int until, long nextOffset, Chain chain) {
    IndexEdit edit = edit();
    SpineIndex<Entry> wal =
        edit.spill(edit.writeOut(all, until, this::objectLabel), head.cursorChain());
    return new Grown(head.appended(wal, nextOffset, chain), edit);
  }

  /**
   * At or above the horizon of the head that is replaced, like that of everything that becomes
   * reachable; and above the labels of its batches, *because* vacuum does not look into nodes whose
   * batches are all above its bound, and clocks differ.
   */
  private Label objectLabel(Label largestOfBatches) {
    Label horizon = head.horizon();
    return labels.next(horizon.compareTo(largestOfBatches) >= 0 ? horizon : largestOfBatches);
  }
}
