package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.raftless.id.Label;
import java.util.List;

/**
 * A reference to an immutable index node, with what is needed to decide whether to read it.
 *
 * @param endOffset the offset after the last record below the node
 * @param count records below the node
 * @param node the node object
 * @param items directly in the node
 * @param bytes of data below the node
 * @param maxTimestamp largest record timestamp below the node
 * @param minLabel smallest label of the batches below the node
 * @param maxLabel largest label of the batches below the node
 * @param chain the hash chain at {@code endOffset}
 */
public record NodeRef(
    @JsonProperty("end") long endOffset,
    long count,
    Label node,
    int items,
    long bytes,
    long maxTimestamp,
    Label minLabel,
    Label maxLabel,
    Chain chain)
    implements Item {

  /**
   * Refers to a node.
   *
   * @param items what is in it, at least one
   * @param chain the hash chain at its end
   */
  public static NodeRef to(Label node, List<? extends Item> items, Chain chain) {
    Item first = items.get(0);
    Label min = first.minLabel();
    Label max = first.maxLabel();
    long maxTimestamp = first.maxTimestamp();
    long bytes = 0;
    for (Item item : items) {
      min = min.compareTo(item.minLabel()) <= 0 ? min : item.minLabel();
      max = max.compareTo(item.maxLabel()) >= 0 ? max : item.maxLabel();
      maxTimestamp = Math.max(maxTimestamp, item.maxTimestamp());
      bytes += item.bytes();
    }
    long end = items.get(items.size() - 1).endOffset();
    return new NodeRef(
        end, end - first.baseOffset(), node, items.size(), bytes, maxTimestamp, min, max, chain);
  }

  @Override
  public long baseOffset() {
    return endOffset - count;
  }

  @Override
  public Chain chainAfter(int partition, Chain before) {
    return chain;
  }
}
