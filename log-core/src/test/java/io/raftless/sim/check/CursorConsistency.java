package io.raftless.sim.check;

import io.raftless.index.Chain;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Docs/protocol.md §5 and §6: the segments end and the WAL begins at the compaction cursor, the
 * start is not beyond the end, and every hash chain value (of the head, of its start, of references
 * and segments) is what the batches up to there give.
 */
final class CursorConsistency implements Invariant {
  private final Shadow shadow;

  CursorConsistency(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written)) {
      return;
    }
    HeadImage head = written.after().head();
    if (head.startOffset() < 0 || head.startOffset() > head.nextOffset()) {
      throw broken(written.where() + ": it starts at " + head.startOffset());
    }
    if (head.isDeleted()) {
      return; // Its index is not looked at any more.
    }
    requireEnd(written, "the segments end", head.segments(), head.cursor());
    requireEnd(written, "the WAL ends", head.wal(), head.nextOffset());
    long walBegins = head.wal().isEmpty() ? head.nextOffset() : head.wal().get(0).base();
    if (walBegins != head.cursor()) {
      throw broken(
          written.where()
              + ": the WAL begins at "
              + walBegins
              + ", the cursor is "
              + head.cursor());
    }
    PartitionHistory history =
        shadow.history(new Shadow.Place(head.incarnation(), head.partition()));
    Map<Long, Chain> chains = new HashMap<>();
    Chain chain = history.chainAt(history.end());
    for (Committed added : written.added()) {
      if (chain != null) {
        chain = history.after(chain, added.batch());
        chains.put(added.batch().end(), chain);
      }
    }
    requireChain(
        written,
        "start",
        head.startChain(),
        chainAt(history, chains, written.after().indexStart()));
    requireChain(written, "end", head.chain(), chainAt(history, chains, head.nextOffset()));
    for (Item item : written.after().nodes()) {
      requireChain(written, item.toString(), item.chain(), chainAt(history, chains, item.end()));
    }
    for (Item item : written.after().segments()) {
      requireChain(written, item.toString(), item.chain(), chainAt(history, chains, item.end()));
    }
  }

  private static @Nullable Chain chainAt(
      PartitionHistory history, Map<Long, Chain> added, long offset) {
    Chain known = history.chainAt(offset);
    return known != null ? known : added.get(offset);
  }

  private void requireEnd(
      Change.HeadWritten written, String what, List<Item> items, long expected) {
    if (!items.isEmpty() && items.get(items.size() - 1).end() != expected) {
      throw broken(
          written.where()
              + ": "
              + what
              + " at "
              + items.get(items.size() - 1).end()
              + ", not "
              + expected);
    }
  }

  private void requireChain(
      Change.HeadWritten written, String where, @Nullable String said, @Nullable Chain right) {
    if (right == null || !right.hex().equals(said)) {
      throw broken(
          written.where()
              + ": the chain at "
              + where
              + " is said to be "
              + said
              + ", but the batches give "
              + right);
    }
  }
}
