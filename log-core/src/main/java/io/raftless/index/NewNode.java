package io.raftless.index;

import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.List;

/**
 * A node that does not exist yet: to be stored before any head that refers to it.
 *
 * @param label its name
 * @param level 0 for batches and segments
 * @param items in it, at least one and all of a kind
 */
public record NewNode(Label label, int level, List<? extends Item> items) {
  public NewNode {
    items = List.copyOf(items);
  }

  /** The node's content. */
  public IndexNode toNode(Incarnation incarnation, int partition) {
    return IndexNode.of(incarnation, partition, level, items);
  }
}
