package io.raftless.head;

import io.raftless.cas.StaleStateException;
import io.raftless.format.Json;
import io.raftless.id.Label;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.NodeRef;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads a partition's index below the head. Nodes are immutable, so the last few are kept.
 *
 * <p>Thread-safe.
 */
public final class IndexReader implements LabelLookup {
  private static final int KEPT_NODES = 32;

  private final ObjectStore store;
  private final LogKeys keys;

  /** Guarded by itself; in order of last use. */
  private final Map<Label, IndexNode> kept =
      new LinkedHashMap<>(KEPT_NODES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Label, IndexNode> eldest) {
          return size() > KEPT_NODES;
        }
      };

  public IndexReader(ObjectStore store, LogKeys keys) {
    this.store = store;
    this.keys = keys;
  }

  /**
   * The entries that hold {@code offset} and later ones, as far as one leaf of the index goes.
   * Empty if {@code offset} is the end of the head.
   *
   * <p>Fails with {@link StaleStateException} if a node is gone.
   */
  public CompletableFuture<List<Entry>> entriesFrom(Head head, long offset) {
    return head.wal()
        .refAt(offset)
        .map(ref -> descend(head.partition(), ref, offset))
        .orElseGet(() -> CompletableFuture.completedFuture(head.wal().entriesFrom(offset)));
  }

  private CompletableFuture<List<Entry>> descend(int partition, NodeRef ref, long offset) {
    return read(partition, ref.node())
        .thenCompose(
            node -> {
              if (node.level() == 0) {
                return CompletableFuture.completedFuture(
                    node.entries().stream().filter(e -> e.endOffset() > offset).toList());
              }
              NodeRef below =
                  node.refs().stream()
                      .filter(r -> offset < r.endOffset())
                      .findFirst()
                      .orElseThrow(
                          () ->
                              new IllegalStateException(
                                  keys.node(partition, ref.node()) + " lacks offset " + offset));
              return descend(partition, below, offset);
            });
  }

  @Override
  public CompletableFuture<LabelFact> find(Head head, Label label, long absentUpTo) {
    return findBelow(head.partition(), head.wal().candidates(label, absentUpTo), label)
        .thenApply(fact -> fact != null ? fact : new LabelFact.AbsentUpTo(head.nextOffset()));
  }

  /** Completes with null if the label is below none of the references. */
  private CompletableFuture<@Nullable LabelFact> findBelow(
      int partition, List<NodeRef> candidates, Label label) {
    if (candidates.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    NodeRef first = candidates.get(0);
    List<NodeRef> others = candidates.subList(1, candidates.size());
    return read(partition, first.node())
        .thenCompose(
            node -> {
              for (Entry entry : node.entries()) {
                if (entry.label().equals(label)) {
                  return CompletableFuture.completedFuture(new LabelFact.Found(entry.baseOffset()));
                }
              }
              return findBelow(partition, node.candidates(label), label);
            })
        .thenCompose(
            fact ->
                fact != null
                    ? CompletableFuture.completedFuture(fact)
                    : findBelow(partition, others, label));
  }

  private CompletableFuture<IndexNode> read(int partition, Label label) {
    synchronized (kept) {
      IndexNode node = kept.get(label);
      if (node != null) {
        return CompletableFuture.completedFuture(node);
      }
    }
    String key = keys.node(partition, label);
    return store
        .get(key)
        .thenApply(
            outcome -> {
              if (!(outcome instanceof GetOutcome.Found found)) {
                throw new StaleStateException(key + " is gone");
              }
              IndexNode node =
                  Json.decode(found.body(), IndexNode.class, "index node", IndexNode.FORMAT);
              synchronized (kept) {
                kept.put(label, node);
              }
              return node;
            });
  }
}
