package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The right spine of the tree, as the head holds it. Level 0 is {@code entries}, the newest; {@code
 * levels.get(0)} refers to nodes of entries, older than those; {@code levels.get(1)} refers to
 * nodes of such references, older still; and so on. Items change at the ends only.
 *
 * <p>Invariant: read from the highest level to level 0, the items cover one range of offsets
 * without gap or overlap.
 *
 * @param entries level 0, in order of offsets
 * @param levels level 1 and up, each in order of offsets
 */
public record SpineIndex(
    List<Entry> entries, @JsonInclude(JsonInclude.Include.NON_EMPTY) List<List<NodeRef>> levels) {

  /** Nothing in it. */
  public static final SpineIndex EMPTY = new SpineIndex(List.of(), List.of());

  public SpineIndex {
    entries = List.copyOf(entries);
    levels = levels == null ? List.of() : levels.stream().map(List::copyOf).toList();
    requireDense(entries, levels);
  }

  private static void requireDense(List<Entry> entries, List<List<NodeRef>> levels) {
    long next = -1;
    for (int level = levels.size() - 1; level >= 0; level--) {
      for (NodeRef ref : levels.get(level)) {
        next = follow(next, ref.baseOffset(), ref.endOffset());
      }
    }
    for (Entry entry : entries) {
      next = follow(next, entry.baseOffset(), entry.endOffset());
    }
  }

  private static long follow(long expected, long base, long end) {
    if ((expected >= 0 && base != expected) || base < 0 || end <= base) {
      throw new FormatException(
          "the index has a gap or an overlap: offset "
              + expected
              + " is followed by "
              + base
              + " to "
              + end);
    }
    return end;
  }

  /** The offset after the last record, or nothing if the index is empty. */
  @JsonIgnore
  public OptionalLong endOffset() {
    if (!entries.isEmpty()) {
      return OptionalLong.of(entries.get(entries.size() - 1).endOffset());
    }
    return lastRef().map(ref -> OptionalLong.of(ref.endOffset())).orElse(OptionalLong.empty());
  }

  /** The last reference before level 0. */
  private Optional<NodeRef> lastRef() {
    return levels.stream()
        .filter(level -> !level.isEmpty())
        .findFirst()
        .map(level -> level.get(level.size() - 1));
  }

  /** The same with one more entry at the end. */
  public SpineIndex plus(List<Entry> more) {
    List<Entry> all = new ArrayList<>(entries);
    all.addAll(more);
    return new SpineIndex(all, levels);
  }

  /** The entry with this label on level 0. */
  public Optional<Entry> entryWith(Label label) {
    return entries.stream().filter(entry -> entry.label().equals(label)).findFirst();
  }

  /**
   * The references below which a batch of this label may be, newest first. Empty is proof that
   * there is none below level 0.
   *
   * @param absentUpTo an offset below which the label is known not to be
   */
  public List<NodeRef> candidates(Label label, long absentUpTo) {
    List<NodeRef> found = new ArrayList<>();
    for (List<NodeRef> level : levels) {
      for (int i = level.size() - 1; i >= 0; i--) {
        NodeRef ref = level.get(i);
        if (ref.endOffset() > absentUpTo && ref.mayHold(label)) {
          found.add(ref);
        }
      }
    }
    return found;
  }

  /** The reference below which an offset is, unless it is on level 0 or not in the index. */
  public Optional<NodeRef> refAt(long offset) {
    return levels.stream()
        .flatMap(List::stream)
        .filter(ref -> ref.baseOffset() <= offset && offset < ref.endOffset())
        .findFirst();
  }

  /** The entries of level 0 that hold {@code offset} or later ones. */
  public List<Entry> entriesFrom(long offset) {
    return entries.stream().filter(entry -> entry.endOffset() > offset).toList();
  }

  /**
   * A spilled index.
   *
   * @param index within the bounds of the shape
   * @param nodes to be stored before any head that refers to them, by their labels
   */
  public record Spilled(SpineIndex index, List<NewNode> nodes) {}

  /**
   * A node that does not exist yet.
   *
   * @param label its name
   * @param level 0 for entries
   * @param entries if level is 0
   * @param refs otherwise
   */
  public record NewNode(Label label, int level, List<Entry> entries, List<NodeRef> refs) {

    /** The node's content. */
    public IndexNode toNode(Incarnation incarnation, int partition) {
      return new IndexNode(IndexNode.FORMAT, incarnation, partition, level, entries, refs);
    }
  }

  /**
   * Moves the older part of every level that is too full into nodes.
   *
   * @param startChain the hash chain before the first item of the index
   * @param labels where new nodes get their names from
   */
  public Spilled spill(IndexShape shape, int partition, Chain startChain, Supplier<Label> labels) {
    if (entries.size() <= shape.maxEntries()) {
      return new Spilled(this, List.of());
    }
    List<NewNode> nodes = new ArrayList<>();
    List<List<NodeRef>> above = new ArrayList<>();
    levels.forEach(level -> above.add(new ArrayList<>(level)));
    List<Entry> rest = entries;
    Chain chain = lastRef().map(NodeRef::chain).orElse(startChain);
    while (rest.size() > shape.maxEntries()) {
      List<Entry> oldest = rest.subList(0, shape.nodeItems());
      for (Entry entry : oldest) {
        chain = chain.next(partition, entry);
      }
      NewNode node = new NewNode(labels.get(), 0, List.copyOf(oldest), List.of());
      nodes.add(node);
      level(above, 0).add(NodeRef.toEntries(node.label(), node.entries(), chain));
      rest = rest.subList(shape.nodeItems(), rest.size());
    }
    for (int i = 0; i < above.size(); i++) {
      List<NodeRef> refs = above.get(i);
      while (refs.size() > shape.maxRefs()) {
        List<NodeRef> oldest = refs.subList(0, shape.nodeItems());
        NewNode node = new NewNode(labels.get(), i + 1, List.of(), List.copyOf(oldest));
        nodes.add(node);
        level(above, i + 1).add(NodeRef.toRefs(node.label(), node.refs()));
        oldest.clear();
      }
    }
    return new Spilled(new SpineIndex(rest, List.copyOf(above)), nodes);
  }

  private static List<NodeRef> level(List<List<NodeRef>> above, int index) {
    if (index == above.size()) {
      above.add(new ArrayList<>());
    }
    return above.get(index);
  }
}
