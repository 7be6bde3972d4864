package io.raftless.sim.check;

import io.raftless.id.Label;
import java.util.List;
import java.util.Set;

/**
 * A head and all of its index.
 *
 * @param nodes references to nodes, on all levels
 * @param ranges what is below each of {@code nodes}
 * @param segments in order
 * @param entries batches of the WAL's index, in order
 * @param batches of both indexes, in order; those of segments by their lists of sources
 * @param needed what must exist
 * @param unreadable what could not be read of the index, and why
 */
record PartitionImage(
    HeadImage head,
    List<Item> nodes,
    List<Range> ranges,
    List<Item> segments,
    List<Item> entries,
    List<Batch> batches,
    Set<Reference> needed,
    List<String> unreadable) {

  /** An object that is referred to. */
  record Reference(StoredObject.Kind kind, Label label) {}

  /** From the first to the last offset of what a node or a list has. */
  record Range(Item of, long base, long end) {}

  /** The first offset that the index knows of. */
  long indexStart() {
    return batches.isEmpty() ? head.nextOffset() : batches.get(0).base();
  }
}
