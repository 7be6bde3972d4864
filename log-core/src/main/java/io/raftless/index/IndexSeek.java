package io.raftless.index;

import java.util.List;
import java.util.Optional;

/**
 * Finds batches and segments in an index: one node per level. All searches are pure functions that
 * name the node they need, like edits.
 */
public final class IndexSeek {
  private IndexSeek() {}

  /**
   * The batch or segment that covers an offset (CeilingGet of the protocol).
   *
   * @throws NodeNeededException if a node was not read yet
   */
  public static Optional<Item> byOffset(SpineIndex<?> index, long offset, Nodes nodes) {
    Optional<Item> found = index.itemAt(offset);
    while (found.isPresent() && found.get() instanceof NodeRef ref) {
      found = covering(nodes.get(ref).items(), offset);
    }
    return found;
  }

  private static Optional<Item> covering(List<? extends Item> items, long offset) {
    for (Item item : items) {
      if (item.baseOffset() <= offset && offset < item.endOffset()) {
        return Optional.of(item);
      }
    }
    return Optional.empty();
  }

  /**
   * The first batch or segment that ends after an offset and has a record of that time or later.
   *
   * @param timestamp milliseconds since the epoch
   * @param from the offset
   * @throws NodeNeededException if a node was not read yet
   */
  public static Optional<Item> byTime(SpineIndex<?> index, long timestamp, long from, Nodes nodes) {
    return byTime(index.items(), timestamp, from, nodes);
  }

  private static Optional<Item> byTime(
      List<? extends Item> items, long timestamp, long from, Nodes nodes) {
    for (Item item : items) {
      if (item.endOffset() > from && item.maxTimestamp() >= timestamp) {
        Optional<Item> found =
            item instanceof NodeRef ref
                ? byTime(nodes.get(ref).items(), timestamp, from, nodes)
                : Optional.of(item);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The longest run of whole batches or segments at the end whose data has at most so many bytes.
   *
   * @return where it begins, and how many bytes it has
   * @throws NodeNeededException if a node was not read yet
   */
  public static Tail tailWithin(SpineIndex<?> index, long bytes, Nodes nodes) {
    long end = index.endOffset().orElse(0);
    return tailWithin(index.items(), new Tail(end, 0, true), bytes, nodes);
  }

  /**
   * The end of an index.
   *
   * @param baseOffset where it begins
   * @param bytes of data in it
   * @param isAll whether it is the whole index
   */
  public record Tail(long baseOffset, long bytes, boolean isAll) {}

  private static Tail tailWithin(
      List<? extends Item> items, Tail after, long mostBytes, Nodes nodes) {
    Tail tail = after;
    for (int i = items.size() - 1; i >= 0; i--) {
      Item item = items.get(i);
      if (tail.bytes() + item.bytes() <= mostBytes) {
        tail = new Tail(item.baseOffset(), tail.bytes() + item.bytes(), true);
      } else {
        Tail cut =
            item instanceof NodeRef ref
                ? tailWithin(nodes.get(ref).items(), tail, mostBytes, nodes)
                : tail;
        return new Tail(cut.baseOffset(), cut.bytes(), false);
      }
    }
    return tail;
  }
}
