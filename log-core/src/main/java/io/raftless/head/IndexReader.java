package io.raftless.head;

import io.raftless.cas.StaleStateException;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.id.Label;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexSeek;
import io.raftless.index.Item;
import io.raftless.index.NodeNeededException;
import io.raftless.index.NodeRef;
import io.raftless.index.Nodes;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
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

  /** Blocks in the footers that are kept: about 40 bytes each. */
  private static final int KEPT_BLOCKS = 1 << 16;

  /** Sources in the lists that are kept: about 24 bytes each. */
  private static final int KEPT_SOURCES = 1 << 18;

  private final ObjectStore store;
  private final LogKeys keys;
  private final Kept<IndexNode> nodes = new Kept<>(KEPT_ITEMS);
  private final Kept<SegmentFooter> footers = new Kept<>(KEPT_BLOCKS);
  private final Kept<ProvenanceList> sources = new Kept<>(KEPT_SOURCES);

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
              entry.crc()));
    }
    return blocks;
  }

  private CompletableFuture<List<DataBlock>> blocks(int partition, Segment segment, long offset) {
    Label label = segment.label();
    if (label == null) {
      // Below the start offset: whoever asks for it has an old head.
      return CompletableFuture.failedFuture(
          new StaleStateException("offset " + offset + " was trimmed"));
    }
    String key = keys.segment(partition, label);
    return footer(partition, segment)
        .thenApply(
            footer -> {
              List<DataBlock> blocks = new ArrayList<>();
              for (SegmentFooter.Block block : footer.blocksFrom(offset)) {
                blocks.add(
                    new DataBlock(
                        key,
                        block.position(),
                        block.length(),
                        block.baseOffset(),
                        block.endOffset(),
                        block.maxTimestamp(),
                        label,
                        Integer.toUnsignedLong(block.crc())));
              }
              return blocks;
            });
  }

  /**
   * The footer of a segment that has data: where its blocks are.
   *
   * <p>Fails with {@link StaleStateException} if the object is gone.
   */
  public CompletableFuture<SegmentFooter> footer(int partition, Segment segment) {
    Label label = Objects.requireNonNull(segment.label(), "a segment without data");
    String key = keys.segment(partition, label);
    return footers.getOrLoad(
        label,
        () ->
            store
                .getRange(key, segment.bytes() - segment.footerBytes(), segment.footerBytes())
                .thenApply(outcome -> footer(key, segment, label, body(key, outcome))),
        footer -> footer.blocks().size());
  }

  private static SegmentFooter footer(String key, Segment segment, Label label, ByteBuffer tail) {
    SegmentFooter footer = SegmentFooter.decode(tail, segment.bytes());
    if (!footer.label().equals(label.value())
        || footer.baseOffset() != segment.dataOffset()
        || footer.endOffset() != segment.endOffset()) {
      throw new FormatException(
          key
              + " holds offsets "
              + footer.baseOffset()
              + " to "
              + footer.endOffset()
              + ", not "
              + segment.dataOffset()
              + " to "
              + segment.endOffset()
              + " as the index says");
    }
    return footer;
  }

  /**
   * The list of the batches that a segment was made of.
   *
   * <p>Fails with {@link StaleStateException} if the object is gone.
   */
  public CompletableFuture<ProvenanceList> sources(int partition, Segment segment) {
    String key = keys.provenance(partition, segment.provenance());
    return sources.getOrLoad(
        segment.provenance(),
        () -> store.get(key).thenApply(outcome -> sources(key, segment, body(key, outcome))),
        ProvenanceList::size);
  }

  private static ProvenanceList sources(String key, Segment segment, ByteBuffer body) {
    ProvenanceList list = ProvenanceList.decode(body);
    if (list.baseOffset() != segment.baseOffset()
        || list.endOffset() != segment.endOffset()
        || list.size() != segment.sources()) {
      throw new FormatException(
          key
              + " lists "
              + list.size()
              + " batches for offsets "
              + list.baseOffset()
              + " to "
              + list.endOffset()
              + ", not "
              + segment.sources()
              + " for "
              + segment.baseOffset()
              + " to "
              + segment.endOffset()
              + " as the index says");
    }
    return list;
  }

  /** The batch or segment that covers an offset; empty at the end of the head, and outside. */
  public CompletableFuture<Optional<Item>> itemAt(Head head, long offset) {
    SpineIndex<?> spine = offset < head.compactionCursor() ? head.segments() : head.wal();
    return reading(head.partition(), nodes -> IndexSeek.byOffset(spine, offset, nodes));
  }

  /**
   * The first batch or segment that has a record of that time or later and is not trimmed.
   *
   * @param timestamp milliseconds since the epoch
   */
  public CompletableFuture<Optional<Item>> itemAtTime(Head head, long timestamp) {
    return reading(
        head.partition(),
        nodes ->
            IndexSeek.byTime(head.segments(), timestamp, head.startOffset(), nodes)
                .or(() -> IndexSeek.byTime(head.wal(), timestamp, head.startOffset(), nodes)));
  }

  /**
   * Where the longest run of whole batches and segments at the end begins that has at most so many
   * bytes of data.
   */
  public CompletableFuture<Long> tailWithin(Head head, long bytes) {
    return reading(
        head.partition(),
        nodes -> {
          IndexSeek.Tail wal = IndexSeek.tailWithin(head.wal(), bytes, nodes);
          if (!wal.isAll()) {
            return wal.baseOffset();
          }
          IndexSeek.Tail segments =
              IndexSeek.tailWithin(head.segments(), bytes - wal.bytes(), nodes);
          return head.segments().isEmpty() ? head.compactionCursor() : segments.baseOffset();
        });
  }

  /** Evaluates a pure search, reading what it asks for. */
  private <T> CompletableFuture<T> reading(int partition, Function<Nodes, T> search) {
    return reading(partition, new KnownNodes(this), search);
  }

  private <T> CompletableFuture<T> reading(
      int partition, KnownNodes known, Function<Nodes, T> search) {
    try {
      return CompletableFuture.completedFuture(search.apply(known));
    } catch (NodeNeededException needed) {
      return known.read(partition, needed).thenCompose(unused -> reading(partition, known, search));
    }
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
    return sources(partition, segment)
        .thenApply(
            list -> {
              int source = list.indexOf(label.value());
              return source < 0 ? null : new LabelFact.Found(list.baseOffset(source));
            });
  }

  /** The items in which a label may be, newest first. */
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
