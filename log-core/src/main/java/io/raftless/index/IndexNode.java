package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An immutable index node: batches or segments on level 0, references to nodes of the level below
 * on the others.
 *
 * @param format version of the structure; 1 has no origins, 2 no batches that were written out of a
 *     head
 * @param incarnation of the log
 * @param partition of the log
 * @param level 0 for batches and segments
 * @param entries batches, in order
 * @param segments in order
 * @param refs in order
 * @param origins whose epochs those of {@code entries} are: writer id → epochs
 */
public record IndexNode(
    int format,
    Incarnation incarnation,
    int partition,
    int level,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Entry> entries,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Segment> segments,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<NodeRef> refs,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, List<Long>> origins) {
  /** The newest structure that this program knows. What older ones can say is written as these. */
  public static final int FORMAT = EntryFormat.INLINE;

  public IndexNode {
    FormatException.requireKnown("index node", format, FORMAT);
    entries =
        EntryOrigins.named(
            entries == null ? List.of() : entries, origins == null ? Map.of() : origins);
    origins = EntryOrigins.of(entries);
    int needed = EntryFormat.of(entries);
    if (format < needed) {
      throw new FormatException(
          "an index node of format version " + format + " has " + EntryFormat.missingIn(needed));
    }
    for (Entry entry : entries) {
      if (entry.data() != null) {
        throw new FormatException("batch " + entry.label() + " is in an index node, not in a head");
      }
    }
    segments = segments == null ? List.of() : List.copyOf(segments);
    refs = refs == null ? List.of() : List.copyOf(refs);
    boolean isLeaf = level == 0 && refs.isEmpty() && entries.isEmpty() != segments.isEmpty();
    boolean isInner = level > 0 && !refs.isEmpty() && entries.isEmpty() && segments.isEmpty();
    if (!isLeaf && !isInner) {
      throw new FormatException(
          "an index node of level "
              + level
              + " with "
              + entries.size()
              + " entries, "
              + segments.size()
              + " segments and "
              + refs.size()
              + " references");
    }
    SpineIndex.requireDense(level > 0 ? refs : entries.isEmpty() ? segments : entries);
  }

  /** With entries that know their writer ids. */
  public IndexNode(
      int format,
      Incarnation incarnation,
      int partition,
      int level,
      List<Entry> entries,
      List<Segment> segments,
      List<NodeRef> refs) {
    this(format, incarnation, partition, level, entries, segments, refs, Map.of());
  }

  /**
   * A node with these items, at least one and all of a kind.
   *
   * @param level 0 for batches and segments
   */
  static IndexNode of(
      Incarnation incarnation, int partition, int level, List<? extends Item> items) {
    List<Entry> entries = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    List<NodeRef> refs = new ArrayList<>();
    for (Item item : items) {
      if (item instanceof Entry entry) {
        entries.add(entry);
      } else if (item instanceof Segment segment) {
        segments.add(segment);
      } else if (item instanceof NodeRef ref) {
        refs.add(ref);
      }
    }
    return new IndexNode(
        EntryFormat.of(entries), incarnation, partition, level, entries, segments, refs);
  }

  /** Whatever is in it, in order. */
  public List<? extends Item> items() {
    return level > 0 ? refs : entries.isEmpty() ? segments : entries;
  }
}
