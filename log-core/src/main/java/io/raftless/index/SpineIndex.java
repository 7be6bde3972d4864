package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The right spine of the tree, as the head holds it. Level 0 is {@code entries}, the newest; {@code
 * levels.get(0)} refers to nodes of entries, older than those; {@code levels.get(1)} refers to
 * nodes of such references, older still; and so on. Items change at the ends only.
 *
 * <p>Invariant: read from the highest level to level 0, the items cover one range of offsets
 * without gap or overlap.
 *
 * @param <E> what is on level 0: batches or segments
 * @param entries level 0, in order of offsets
 * @param levels level 1 and up, each in order of offsets
 * @param origins whose epochs those of {@code entries} are: writer id → epochs
 */
public record SpineIndex<E extends Item>(
    List<E> entries,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<List<NodeRef>> levels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, List<Long>> origins) {

  public SpineIndex {
    entries = EntryOrigins.named(entries, origins == null ? Map.of() : origins);
    origins = EntryOrigins.of(entries);
    levels = levels == null ? List.of() : levels.stream().map(List::copyOf).toList();
    requireDense(entries, levels);
  }

  /** Of entries that know their writer ids. */
  public SpineIndex(List<E> entries, List<List<NodeRef>> levels) {
    this(entries, levels, Map.of());
  }

  /** The lowest format version of a head that can say what is on level 0. */
  @JsonIgnore
  public int format() {
    return EntryFormat.of(entries);
  }

  /** Bytes of batches that are on level 0 and in no object. */
  @JsonIgnore
  public int inlineBytes() {
    int bytes = 0;
    for (E item : entries) {
      bytes += item instanceof Entry entry ? entry.inlineBytes() : 0;
    }
    return bytes;
  }

  /**
   * Of a head of this format version.
   *
   * @throws FormatException if such a head cannot have what is on level 0
   */
  public void requireFormat(int format) {
    if (format < format()) {
      throw new FormatException(
          "a head of format version " + format + " has " + EntryFormat.missingIn(format()));
    }
  }

  /** Nothing in it. */
  public static <E extends Item> SpineIndex<E> empty() {
    return new SpineIndex<>(List.of(), List.of());
  }

  private static void requireDense(
      List<? extends Item> entries, List<? extends List<NodeRef>> levels) {
    long next = -1;
    for (int level = levels.size() - 1; level >= 0; level--) {
      for (NodeRef ref : levels.get(level)) {
        next = follow(next, ref);
      }
    }
    for (Item entry : entries) {
      next = follow(next, entry);
    }
  }

  /** Items of a node follow each other without gap or overlap, too. */
  static void requireDense(List<? extends Item> items) {
    requireDense(items, List.of());
  }

  private static long follow(long expected, Item item) {
    long base = item.baseOffset();
    long end = item.endOffset();
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

  /** What the head holds of it, in order of offsets. */
  public List<Item> items() {
    List<Item> all = new ArrayList<>();
    for (int level = levels.size() - 1; level >= 0; level--) {
      all.addAll(levels.get(level));
    }
    all.addAll(entries);
    return all;
  }

  /** Whether there is nothing in it. */
  @JsonIgnore
  public boolean isEmpty() {
    return entries.isEmpty() && levels.stream().allMatch(List::isEmpty);
  }

  /** The offset of the first record, or nothing if the index is empty. */
  @JsonIgnore
  public OptionalLong baseOffset() {
    List<Item> all = items();
    return all.isEmpty() ? OptionalLong.empty() : OptionalLong.of(all.get(0).baseOffset());
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
  Optional<NodeRef> lastRef() {
    return levels.stream()
        .filter(level -> !level.isEmpty())
        .findFirst()
        .map(level -> level.get(level.size() - 1));
  }

  /**
   * The hash chain at the end of what the index holds.
   *
   * @param startChain the chain before its first item
   */
  public Chain endChain(int partition, Chain startChain) {
    Chain chain = lastRef().map(NodeRef::chain).orElse(startChain);
    for (E entry : entries) {
      chain = entry.chainAfter(partition, chain);
    }
    return chain;
  }

  /** The same with more at the end. */
  public SpineIndex<E> plus(List<? extends E> more) {
    List<E> all = new ArrayList<>(entries);
    all.addAll(more);
    return new SpineIndex<>(all, levels);
  }

  /**
   * The same without the last items of level 0.
   *
   * @param count how many, at most what level 0 has
   */
  public SpineIndex<E> withoutLast(int count) {
    return new SpineIndex<>(entries.subList(0, entries.size() - count), levels);
  }

  /**
   * The items in the head below which a batch of this label may be, newest first. Empty is proof
   * that there is none.
   *
   * @param absentUpTo an offset below which the label is known not to be
   */
  public List<Item> candidates(Label label, long absentUpTo) {
    List<Item> found = new ArrayList<>();
    List<Item> all = items();
    for (int i = all.size() - 1; i >= 0; i--) {
      Item item = all.get(i);
      if (item.endOffset() > absentUpTo && item.mayHold(label)) {
        found.add(item);
      }
    }
    return found;
  }

  /** The item in the head that covers an offset. */
  public Optional<Item> itemAt(long offset) {
    return Stream.concat(levels.stream().flatMap(List::stream), entries.stream())
        .filter(item -> item.baseOffset() <= offset && offset < item.endOffset())
        .findFirst();
  }

  /** The entries of level 0 that hold {@code offset} or later ones. */
  public List<E> entriesFrom(long offset) {
    return entries.stream().filter(entry -> entry.endOffset() > offset).toList();
  }
}
