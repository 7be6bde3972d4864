package io.raftless.maintenance;

import io.raftless.format.FormatException;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogKeys;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.runtime.Waiting;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches of the WAL, from the compaction cursor on, in order. Nodes are read when they are
 * reached, one level at a time, so memory does not grow with the WAL.
 *
 * <p>The hash chain is carried along from the cursor and compared wherever the index knows it: at
 * the end of every node, and at the end of the head.
 *
 * <p>Not thread-safe.
 */
final class WalBatches {
  private final LogKeys keys;
  private final IndexReader index;
  private final Head head;
  private final long upTo;

  /** What comes next, nodes not opened yet. */
  private final Deque<Item> ahead = new ArrayDeque<>();

  /** Nodes that were opened and are not at their end yet, the innermost first. */
  private final Deque<NodeRef> opened = new ArrayDeque<>();

  private Chain chain;

  /**
   * Starts at the compaction cursor.
   *
   * @param upTo where to stop: an offset where a batch ends
   */
  WalBatches(LogKeys keys, IndexReader index, Head head, long upTo) {
    this.keys = keys;
    this.index = index;
    this.head = head;
    this.upTo = upTo;
    this.chain = head.cursorChain();
    ahead.addAll(head.wal().items());
  }

  /** What {@link #next} will return, or null at the end. */
  @Nullable Entry peek() throws InterruptedException {
    while (ahead.peek() instanceof NodeRef ref && ref.baseOffset() < upTo) {
      ahead.remove();
      opened.push(ref);
      IndexNode node = Waiting.on(index.read(head.partition(), ref.node()));
      List<? extends Item> items = node.items();
      for (int i = items.size() - 1; i >= 0; i--) {
        ahead.push(items.get(i));
      }
    }
    return ahead.peek() instanceof Entry entry && entry.baseOffset() < upTo ? entry : null;
  }

  /**
   * The next batch, or null at the end.
   *
   * @throws io.raftless.cas.StaleStateException if a node is gone
   * @throws FormatException if the chain is not what the index says
   */
  Piece.@Nullable WalBatch next() throws InterruptedException {
    Entry entry = peek();
    if (entry == null) {
      return null;
    }
    ahead.remove();
    chain = entry.chainAfter(head.partition(), chain);
    while (!opened.isEmpty() && opened.element().endOffset() == entry.endOffset()) {
      NodeRef ref = opened.remove();
      requireChain(ref.chain(), keys.node(head.partition(), ref.node()));
    }
    if (entry.endOffset() == head.nextOffset()) {
      requireChain(head.chain(), keys.head(head.partition()));
    }
    return new Piece.WalBatch(keys.batch(head.partition(), entry), entry, chain);
  }

  private void requireChain(Chain expected, String where) {
    if (!chain.equals(expected)) {
      throw new FormatException(
          "the hash chain at the end of "
              + where
              + " is "
              + chain
              + " by its batches, but the index says "
              + expected
              + ": batches were lost or altered; nothing was compacted");
    }
  }
}
