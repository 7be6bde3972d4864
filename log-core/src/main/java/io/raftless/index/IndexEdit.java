package io.raftless.index;

import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Changes a {@link SpineIndex} as a pure function, collecting the nodes that must be stored before
 * the head that refers to them. Nodes are immutable: what changes is written anew.
 *
 * <p>One edit belongs to one attempt at one head.
 */
public final class IndexEdit {
  /** Of level 0 in the head: names of writers with their epochs, as they are stored. */
  static final int MAX_ORIGIN_BYTES = 8 << 10;

  private final IndexShape shape;
  private final int partition;
  private final Nodes nodes;
  private final Supplier<Label> labels;
  private final List<NewNode> created = new ArrayList<>();
  private final List<WrittenOut> writtenOut = new ArrayList<>();

  /**
   * Begins an edit.
   *
   * @param nodes what was read of the index
   * @param labels where new nodes get their names from
   */
  public IndexEdit(IndexShape shape, int partition, Nodes nodes, Supplier<Label> labels) {
    this.shape = shape;
    this.partition = partition;
    this.nodes = nodes;
    this.labels = labels;
  }

  /** The nodes that the edited index refers to and that do not exist yet. */
  public List<NewNode> created() {
    return List.copyOf(created);
  }

  /** The objects that the edited index refers to and that do not exist yet. */
  public List<WrittenOut> writtenOut() {
    return List.copyOf(writtenOut);
  }

  /**
   * Writes batches out of the head, to one object.
   *
   * @param until all that are among so many entries, the oldest
   * @param above a fresh label above another one
   */
  public SpineIndex<Entry> writeOut(
      SpineIndex<Entry> index, int until, UnaryOperator<Label> above) {
    List<Entry> inHead =
        index.entries().subList(0, until).stream().filter(e -> e.data() != null).toList();
    if (inHead.isEmpty()) {
      return index;
    }
    Label largest = inHead.stream().map(Entry::label).max(Label::compareTo).orElseThrow();
    WrittenOut object = new WrittenOut(above.apply(largest), inHead);
    writtenOut.add(object);
    Iterator<Entry> references = object.references().iterator();
    List<Entry> entries = new ArrayList<>(index.entries());
    entries.subList(0, until).replaceAll(e -> e.data() == null ? e : references.next());
    return new SpineIndex<>(entries, index.levels());
  }

  /**
   * Moves the older half of every level that is too full into nodes: into the last node above it if
   * that has room, else into new ones.
   *
   * @param startChain the hash chain before the first item of the index
   * @throws NodeNeededException if the last node of a level has room and was not read
   */
  public <E extends Item> SpineIndex<E> spill(SpineIndex<E> index, Chain startChain) {
    int moved = tooMany(index.entries());
    if (moved == 0) {
      return index;
    }
    Chain chain = index.lastRef().map(NodeRef::chain).orElse(startChain);
    List<List<NodeRef>> levels = new ArrayList<>();
    index.levels().forEach(level -> levels.add(new ArrayList<>(level)));
    give(index.entries().subList(0, moved), chain, 0, levels);
    for (int level = 1; level <= levels.size(); level++) {
      List<NodeRef> refs = levels.get(level - 1);
      if (refs.size() > shape.maxRefs()) {
        List<NodeRef> older = refs.subList(0, refs.size() - shape.maxRefs() / 2);
        // Chain: references know their own.
        give(List.copyOf(older), startChain, level, levels);
        older.clear();
      }
    }
    return new SpineIndex<>(index.entries().subList(moved, index.entries().size()), levels);
  }

  /**
   * How many entries, the oldest ones, {@link #spill} would move off level 0: none, or so many that
   * half of the room is free again. There is room for so many entries, and for so many bytes of the
   * names of those who wrote them: *because* a hundred writers with long names would make the head
   * too large.
   */
  public int tooMany(List<? extends Item> entries) {
    int size = entries.size();
    if (size <= shape.maxEntries() && EntryOrigins.bytes(entries) <= MAX_ORIGIN_BYTES) {
      return 0;
    }
    int kept = Math.min(size, shape.maxEntries() / 2);
    while (kept > 1
        && EntryOrigins.bytes(entries.subList(size - kept, size)) > MAX_ORIGIN_BYTES / 2) {
      kept /= 2;
    }
    return size - kept;
  }

  /** Puts items of a level into nodes that the level above refers to. */
  private void give(
      List<? extends Item> items, Chain before, int level, List<List<NodeRef>> levels) {
    if (levels.size() == level) {
      levels.add(new ArrayList<>());
    }
    List<NodeRef> above = levels.get(level);
    Chain chain = before;
    List<Item> rest = new ArrayList<>(items);
    if (!above.isEmpty()) {
      NodeRef last = above.get(above.size() - 1);
      if (last.items() + rest.size() <= shape.nodeItems()) {
        List<Item> all = new ArrayList<>(nodes.get(last).items());
        all.addAll(rest);
        above.set(above.size() - 1, node(level, all, chainAfter(chain, rest)));
        return;
      }
    }
    while (!rest.isEmpty()) {
      List<Item> some = rest.subList(0, Math.min(shape.nodeItems(), rest.size()));
      chain = chainAfter(chain, some);
      above.add(node(level, some, chain));
      some.clear();
    }
  }

  private Chain chainAfter(Chain before, List<? extends Item> items) {
    Chain chain = before;
    for (Item item : items) {
      chain = item.chainAfter(partition, chain);
    }
    return chain;
  }

  private NodeRef node(int level, List<? extends Item> items, Chain chain) {
    NewNode node = new NewNode(labels.get(), level, items);
    created.add(node);
    return NodeRef.to(node.label(), node.items(), chain);
  }

  /**
   * Takes away everything before an offset. A node that is cut in two is written anew, and so is
   * the path to it: one node per level.
   *
   * @param offset where an item of level 0 begins, or the end of the index
   * @throws NodeNeededException if a node that is cut was not read
   * @throws IllegalArgumentException if the offset is in the middle of a batch or segment
   */
  public <E extends Item> SpineIndex<E> dropBefore(SpineIndex<E> index, long offset) {
    List<List<NodeRef>> levels = new ArrayList<>();
    for (int level = 1; level <= index.levels().size(); level++) {
      List<NodeRef> kept = new ArrayList<>();
      for (NodeRef ref : index.levels().get(level - 1)) {
        if (ref.baseOffset() >= offset) {
          kept.add(ref);
        } else if (ref.endOffset() > offset) {
          kept.add(cut(ref, level - 1, offset));
        }
      }
      levels.add(kept);
    }
    while (!levels.isEmpty() && levels.get(levels.size() - 1).isEmpty()) {
      levels.remove(levels.size() - 1);
    }
    List<E> entries = index.entriesFrom(offset);
    if (!entries.isEmpty()) {
      requireBoundary(entries.get(0), offset);
    }
    return new SpineIndex<>(entries, levels);
  }

  /** A node without what is before an offset. */
  private NodeRef cut(NodeRef ref, int level, long offset) {
    List<Item> kept = new ArrayList<>();
    for (Item item : nodes.get(ref).items()) {
      if (item.baseOffset() >= offset) {
        kept.add(item);
      } else if (item.endOffset() > offset) {
        if (item instanceof NodeRef below) {
          kept.add(cut(below, level - 1, offset));
        } else {
          requireBoundary(item, offset);
        }
      }
    }
    return node(level, kept, ref.chain());
  }

  private static void requireBoundary(Item first, long offset) {
    if (first.baseOffset() < offset) {
      throw new IllegalArgumentException(
          "offset "
              + offset
              + " is in the middle of offsets "
              + first.baseOffset()
              + " to "
              + first.endOffset());
    }
  }
}
