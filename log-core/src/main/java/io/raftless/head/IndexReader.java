package io.raftless.head;

import io.raftless.cas.StaleStateException;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.id.Label;
import io.raftless.index.Chain;
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
   * <p>Fails with {@link StaleStateException} if an object is gone, and with {@link
   * DamagedException} if one is unreadable, or the batches in it are not those of the hash chain.
   *
   * @param offset at or above the head's start offset
   */
  public CompletableFuture<List<DataBlock>> blocksFrom(Head head, long offset) {
    return leafFrom(head, offset).thenCompose(items -> blocks(head.partition(), items, offset));
  }

  /**
   * Blocks, and whose records are in them.
   *
   * @param blocks in order of offsets
   * @param origins in order of offsets, over all that is in the blocks at least
   */
  public record Attributed(List<DataBlock> blocks, List<OriginRun> origins) {}

  /**
   * Like {@link #blocksFrom}, and under which writer ids and epochs the records were committed: of
   * a segment its list of sources tells, which is one object more to read.
   */
  public CompletableFuture<Attributed> attributedFrom(Head head, long offset) {
    return leafFrom(head, offset)
        .thenCompose(
            items ->
                blocks(head.partition(), items, offset)
                    .thenCombine(origins(head.partition(), items), Attributed::new));
  }

  private CompletableFuture<List<OriginRun>> origins(int partition, List<Item> items) {
    if (!items.isEmpty() && items.get(0) instanceof Segment segment) {
      return sources(partition, segment).thenApply(OriginRun::of);
    }
    return CompletableFuture.completedFuture(
        OriginRun.of(items.stream().map(Entry.class::cast).toList()));
  }

  /** One segment, or the batches of one leaf from the one with this offset on. */
  private CompletableFuture<List<Item>> leafFrom(Head head, long offset) {
    boolean isCompacted = offset < head.compactionCursor();
    return isCompacted
        ? leafIn(top(head, head.segments(), head.startChain(), head.cursorChain()), offset)
        : leafIn(top(head, head.wal(), head.cursorChain(), head.chain()), offset);
  }

  private Place top(Head head, SpineIndex<?> spine, Chain before, Chain after) {
    int partition = head.partition();
    return new Place(partition, keys.head(partition), spine.items(), before, after);
  }

  /**
   * The head, or a node below it.
   *
   * @param key its object
   * @param items what is in it
   * @param before the hash chain before the first of them
   * @param after the hash chain after the last of them
   */
  private record Place(
      int partition, String key, List<? extends Item> items, Chain before, Chain after) {}

  private CompletableFuture<List<Item>> leafIn(Place place, long offset) {
    Chain chain = place.before();
    for (int i = 0; i < place.items().size(); i++) {
      Item item = place.items().get(i);
      if (offset < item.endOffset()) {
        return leafIn(place, i, chain, offset);
      }
      chain = item.chainAfter(place.partition(), chain);
    }
    return CompletableFuture.completedFuture(List.of());
  }

  /** The chain before an item is known on the way down: so what batches a leaf has is proven. */
  private CompletableFuture<List<Item>> leafIn(Place place, int index, Chain before, long offset) {
    int partition = place.partition();
    Item item = place.items().get(index);
    if (item instanceof NodeRef ref) {
      return read(partition, ref.node())
          .thenCompose(
              node -> {
                String key = keys.node(partition, ref.node());
                requireFits(partition, key, ref, node);
                return leafIn(new Place(partition, key, node.items(), before, ref.chain()), offset);
              });
    }
    if (item instanceof Segment) {
      return CompletableFuture.completedFuture(List.of(item));
    }
    List<Item> entries = List.copyOf(place.items().subList(index, place.items().size()));
    Chain chain = before;
    for (Item entry : entries) {
      chain = entry.chainAfter(partition, chain);
    }
    if (!chain.equals(place.after())) {
      return CompletableFuture.failedFuture(
          new DamagedException(
              Damage.of(
                  Damage.Kind.CHAIN_MISMATCH,
                  partition,
                  place.key(),
                  place.items().get(0).baseOffset(),
                  entries.get(entries.size() - 1).endOffset(),
                  "its batches give the hash chain " + chain + ", not " + place.after())));
    }
    return CompletableFuture.completedFuture(entries);
  }

  private static void requireFits(int partition, String key, NodeRef ref, IndexNode node) {
    long next = ref.baseOffset();
    for (Item item : node.items()) {
      if (item.baseOffset() != next || item.endOffset() <= next) {
        throw unlike(partition, key, ref, "offset " + next + " is followed by " + item);
      }
      next = item.endOffset();
    }
    if (next != ref.endOffset() || node.items().size() != ref.items()) {
      throw unlike(partition, key, ref, node.items().size() + " items up to offset " + next);
    }
  }

  private static DamagedException unlike(int partition, String key, NodeRef ref, String what) {
    return new DamagedException(
        Damage.of(
            Damage.Kind.DAMAGED_INDEX,
            partition,
            key,
            ref.baseOffset(),
            ref.endOffset(),
            "the index refers to " + ref.items() + " items here, but there is: " + what));
  }

  private CompletableFuture<List<DataBlock>> blocks(int partition, List<Item> items, long offset) {
    if (!items.isEmpty() && items.get(0) instanceof Segment segment) {
      return blocks(partition, segment, offset);
    }
    List<DataBlock> blocks = new ArrayList<>();
    for (Item entry : items) {
      blocks.add(block(partition, (Entry) entry));
    }
    return CompletableFuture.completedFuture(blocks);
  }

  /** Where the records of a batch are. */
  public DataBlock block(int partition, Entry entry) {
    return new DataBlock(
        keys.batch(partition, entry),
        entry.position(),
        entry.length(),
        entry.baseOffset(),
        entry.endOffset(),
        entry.maxTimestamp(),
        entry.crc(),
        entry.data());
  }

  /** Where the records of a segment are, from the block with this offset on. */
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
                .thenApply(outcome -> footer(partition, key, segment, body(key, outcome))),
        footer -> footer.blocks().size());
  }

  private SegmentFooter footer(int partition, String key, Segment segment, ByteBuffer tail) {
    try {
      SegmentFooter footer = SegmentFooter.decode(tail, segment.bytes());
      if (!footer.incarnation().equals(keys.incarnation().value())
          || footer.partition() != partition
          || !footer.label().equals(Objects.requireNonNull(segment.label()).value())
          || footer.baseOffset() != segment.dataOffset()
          || footer.endOffset() != segment.endOffset()) {
        throw new FormatException(
            "it is of segment "
                + footer.label()
                + " of partition "
                + footer.partition()
                + " with offsets "
                + footer.baseOffset()
                + " to "
                + footer.endOffset()
                + ", but the index says "
                + segment.dataOffset()
                + " to "
                + segment.endOffset());
      }
      return footer;
    } catch (FormatException e) {
      throw new DamagedException(
          Damage.of(
              Damage.Kind.DAMAGED_INDEX,
              partition,
              key,
              segment.bytes() - segment.footerBytes(),
              segment.footerBytes(),
              segment.dataOffset(),
              segment.endOffset(),
              "the footer: " + e.getMessage()),
          e);
    }
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
        () ->
            store
                .get(key)
                .thenApply(outcome -> sources(partition, key, segment, body(key, outcome))),
        ProvenanceList::size);
  }

  private ProvenanceList sources(int partition, String key, Segment segment, ByteBuffer body) {
    try {
      ProvenanceList list = ProvenanceList.decode(body);
      if (!list.incarnation().equals(keys.incarnation().value())
          || list.partition() != partition
          || list.baseOffset() != segment.baseOffset()
          || list.endOffset() != segment.endOffset()
          || list.size() != segment.sources()) {
        throw new FormatException(
            "it has "
                + list
                + ", not "
                + segment.sources()
                + " for offsets "
                + segment.baseOffset()
                + " to "
                + segment.endOffset()
                + " as the index says");
      }
      return list;
    } catch (FormatException e) {
      throw new DamagedException(
          Damage.of(
              Damage.Kind.DAMAGED_INDEX,
              partition,
              key,
              segment.baseOffset(),
              segment.endOffset(),
              "the list of sources: " + e.getMessage()),
          e);
    }
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
    return itemAtTime(head, timestamp, head.startOffset());
  }

  private CompletableFuture<Optional<Item>> itemAtTime(Head head, long timestamp, long from) {
    return reading(
        head.partition(),
        nodes ->
            IndexSeek.byTime(head.segments(), timestamp, from, nodes)
                .or(() -> IndexSeek.byTime(head.wal(), timestamp, from, nodes)));
  }

  /**
   * The first block that ends after {@code from} and has a record of that time or later; its
   * records that late may all be before {@code from}, though. Empty if there is none.
   *
   * <p>Fails like {@link #blocksFrom}.
   *
   * @param timestamp milliseconds since the epoch
   * @param from at or above the head's start offset
   */
  public CompletableFuture<Optional<DataBlock>> blockAtTime(Head head, long timestamp, long from) {
    return itemAtTime(head, timestamp, from)
        .thenCompose(
            found -> {
              Item item = found.orElse(null);
              if (item instanceof Entry entry) {
                return CompletableFuture.completedFuture(
                    Optional.of(block(head.partition(), entry)));
              }
              if (item instanceof Segment segment) {
                return blockAtTime(head, segment, timestamp, from);
              }
              return CompletableFuture.completedFuture(Optional.empty());
            });
  }

  private CompletableFuture<Optional<DataBlock>> blockAtTime(
      Head head, Segment segment, long timestamp, long from) {
    return blocks(head.partition(), segment, from)
        .thenCompose(
            blocks -> {
              Optional<DataBlock> found =
                  blocks.stream().filter(b -> b.maxTimestamp() >= timestamp).findFirst();
              // What is that late in the segment may be before the offset.
              return found.isPresent()
                  ? CompletableFuture.completedFuture(found)
                  : blockAtTime(head, timestamp, segment.endOffset());
            });
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
        () -> store.get(key).thenApply(outcome -> node(partition, key, body(key, outcome))),
        node -> node.items().size());
  }

  private IndexNode node(int partition, String key, ByteBuffer body) {
    try {
      IndexNode node = Json.decode(body, IndexNode.class, "index node", IndexNode.FORMAT);
      if (!node.incarnation().equals(keys.incarnation()) || node.partition() != partition) {
        throw new FormatException(
            "it is of partition " + node.partition() + " of incarnation " + node.incarnation());
      }
      return node;
    } catch (FormatException e) {
      throw new DamagedException(
          Damage.of(
              Damage.Kind.DAMAGED_INDEX, partition, key, -1, -1, String.valueOf(e.getMessage())),
          e);
    }
  }

  private static ByteBuffer body(String key, GetOutcome outcome) {
    if (!(outcome instanceof GetOutcome.Found found)) {
      throw StaleStateException.gone(key);
    }
    return found.body();
  }
}
