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
 * @param maxTimestamp largest record timestamp below the node
 * @param minLabel smallest label of the batches below the node
 * @param maxLabel largest label of the batches below the node
 * @param chain the hash chain at {@code endOffset}
 */
public record NodeRef(
    @JsonProperty("end") long endOffset,
    long count,
    Label node,
    long maxTimestamp,
    Label minLabel,
    Label maxLabel,
    Chain chain) {

  /** Refers to a node of entries. */
  static NodeRef toEntries(Label node, List<Entry> entries, Chain chain) {
    Entry first = entries.get(0);
    Label min = first.label();
    Label max = first.label();
    long maxTimestamp = first.maxTimestamp();
    for (Entry entry : entries) {
      min = min.compareTo(entry.label()) <= 0 ? min : entry.label();
      max = max.compareTo(entry.label()) >= 0 ? max : entry.label();
      maxTimestamp = Math.max(maxTimestamp, entry.maxTimestamp());
    }
    long end = entries.get(entries.size() - 1).endOffset();
    return new NodeRef(end, end - first.baseOffset(), node, maxTimestamp, min, max, chain);
  }

  /** Refers to a node of references. */
  static NodeRef toRefs(Label node, List<NodeRef> refs) {
    NodeRef first = refs.get(0);
    NodeRef last = refs.get(refs.size() - 1);
    Label min = first.minLabel();
    Label max = first.maxLabel();
    long maxTimestamp = first.maxTimestamp();
    for (NodeRef ref : refs) {
      min = min.compareTo(ref.minLabel()) <= 0 ? min : ref.minLabel();
      max = max.compareTo(ref.maxLabel()) >= 0 ? max : ref.maxLabel();
      maxTimestamp = Math.max(maxTimestamp, ref.maxTimestamp());
    }
    long count = last.endOffset() - first.baseOffset();
    return new NodeRef(last.endOffset(), count, node, maxTimestamp, min, max, last.chain());
  }

  /** The offset of the first record below the node. */
  public long baseOffset() {
    return endOffset - count;
  }

  /** Whether a batch of this label may be below the node; false is certain. */
  boolean mayHold(Label label) {
    return minLabel.compareTo(label) <= 0 && label.compareTo(maxLabel) <= 0;
  }
}
