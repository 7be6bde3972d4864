package io.raftless.head;

import io.raftless.cas.StaleStateException;
import io.raftless.format.Json;
import io.raftless.id.Label;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads the index of partitions below their heads: nodes, footers of segments and the lists of
 * their sources. All of these are immutable, so the last few are kept.
 *
 * <p>Thread-safe; one for all partitions of a log, so that memory is bounded for thousands.
 */
public final class IndexReader implements IndexAccess {
  /** Items in the nodes that are kept: about 130 bytes each. */
  private static final int KEPT_ITEMS = 1 << 16;

  private final ObjectStore store;
  private final LogKeys keys;
  private final Kept<IndexNode> nodes = new Kept<>(KEPT_ITEMS);

  public IndexReader(ObjectStore store, LogKeys keys) {
    this.store = store;
    this.keys = keys;
  }

  /**
   * Where the records from {@code offset} on are, as far as one leaf of the index or one segment
   * goes. Empty if {@code offset} is the end of the head.
   *
   * <p>Fails with {@link StaleStateException} if an object is gone.
   *
   * @param offset at or above the head's start offset
   */
  public CompletableFuture<List<DataBlock>> blocksFrom(Head head, long offset) {
    Optional<Item> item =
        offset < head.compactionCursor()
            ? head.segments().itemAt(offset)
            : head.wal().itemAt(offset);
    if (item.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    if (item.get() instanceof Entry) {
      return CompletableFuture.completedFuture(blocks(head.wal().entriesFrom(offset)));
    }
    return descend(head.partition(), item.get(), offset);
  }

  private CompletableFuture<List<DataBlock>> descend(int partition, Item item, long offset) {
    if (item instanceof NodeRef ref) {
      return read(partition, ref.node())
          .thenCompose(
              node -> {
                if (!node.entries().isEmpty()) {
                  return CompletableFuture.completedFuture(
                      blocks(node.entries().stream().filter(e -> e.endOffset() > offset).toList()));
                }
                Item below =
                    node.items().stream()
                        .filter(i -> offset < i.endOffset())
                        .findFirst()
                        .orElseThrow(
                            () ->
                                new IllegalStateException(
                                    keys.node(partition, ref.node()) + " lacks offset " + offset));
                return descend(partition, below, offset);
              });
    }
    return blocks(partition, (Segment) item, offset);
  }

  private List<DataBlock> blocks(List<Entry> entries) {
    List<DataBlock> blocks = new ArrayList<>();
    for (Entry entry : entries) {
      blocks.add(
          new DataBlock(
              keys.wal(entry.label()),
              entry.position(),
              entry.length(),
              entry.baseOffset(),
              entry.endOffset(),
              entry.maxTimestamp(),
              entry.label(),
              OptionalLong.of(entry.crc())));
    }
    return blocks;
  }

  private CompletableFuture<List<DataBlock>> blocks(int partition, Segment segment, long offset) {
    throw new UnsupportedOperationException("segments: " + partition + segment + offset);
  }

  @Override
  public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
    List<Item> candidates = new ArrayList<>(head.wal().candidates(label, absentUpTo));
    candidates.addAll(head.segments().candidates(label, absentUpTo));
    return findIn(head.partition(), candidates, label)
        .thenApply(fact -> fact != null ? fact : new LabelFact.AbsentUpTo(head.nextOffset()));
  }

  /** Completes with null if the label is in none of the items. */
  private CompletableFuture<@Nullable LabelFact> findIn(
      int partition, List<? extends Item> candidates, Label label) {
    if (candidates.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Item first = candidates.get(0);
    List<? extends Item> others = candidates.subList(1, candidates.size());
    return findIn(partition, first, label)
        .thenCompose(
            fact ->
                fact != null
                    ? CompletableFuture.completedFuture(fact)
                    : findIn(partition, others, label));
  }

  private CompletableFuture<@Nullable LabelFact> findIn(int partition, Item item, Label label) {
    if (item instanceof NodeRef ref) {
      return read(partition, ref.node())
          .thenCompose(node -> findIn(partition, newestFirst(node, label), label));
    }
    if (item instanceof Entry entry) {
      LabelFact fact = entry.label().equals(label) ? new LabelFact.Found(entry.baseOffset()) : null;
      return CompletableFuture.completedFuture(fact);
    }
    return findIn(partition, (Segment) item, label);
  }

  private CompletableFuture<@Nullable LabelFact> findIn(
      int partition, Segment segment, Label label) {
    throw new UnsupportedOperationException("segments: " + partition + segment + label);
  }

  private static List<Item> newestFirst(IndexNode node, Label label) {
    List<Item> found = new ArrayList<>();
    List<? extends Item> items = node.items();
    for (int i = items.size() - 1; i >= 0; i--) {
      if (items.get(i).mayHold(label)) {
        found.add(items.get(i));
      }
    }
    return found;
  }

  @Override
  public Optional<IndexNode> known(Label node) {
    CompletableFuture<IndexNode> future = nodes.get(node);
    return future != null && future.isDone() && !future.isCompletedExceptionally()
        ? Optional.of(future.join())
        : Optional.empty();
  }

  @Override
  public void remember(Label label, IndexNode node) {
    nodes.put(label, CompletableFuture.completedFuture(node), node.items().size());
  }

  @Override
  public CompletableFuture<IndexNode> read(int partition, Label label) {
    String key = keys.node(partition, label);
    return nodes.getOrLoad(
        label,
        () ->
            store
                .get(key)
                .thenApply(
                    outcome ->
                        Json.decode(
                            body(key, outcome), IndexNode.class, "index node", IndexNode.FORMAT)),
        node -> node.items().size());
  }

  private static ByteBuffer body(String key, GetOutcome outcome) {
    if (!(outcome instanceof GetOutcome.Found found)) {
      throw new StaleStateException(key + " is gone");
    }
    return found.body();
  }
}
