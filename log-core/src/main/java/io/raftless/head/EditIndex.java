package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.LabelSource;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeNeededException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A transition that rewrites parts of the index. */
abstract class EditIndex<R> implements Transition<Head, R> {
  private final LogKeys keys;
  private final LabelSource labels;
  private final IndexShape shape;
  private final KnownNodes nodes;

  EditIndex(LogKeys keys, LabelSource labels, IndexShape shape, IndexAccess index) {
    this.keys = keys;
    this.labels = labels;
    this.shape = shape;
    this.nodes = new KnownNodes(index);
  }

  /**
   * Decides on a head.
   *
   * @throws NodeNeededException if a node must be read first
   */
  abstract Verdict<Head, R> decide(Head head);

  @Override
  public final Verdict<Head, R> apply(Head head) {
    try {
      return decide(head);
    } catch (NodeNeededException needed) {
      return new Verdict.NeedLookup<>();
    }
  }

  @Override
  public final CompletableFuture<Transition<Head, R>> lookUp(Head head) {
    try {
      decide(head);
      return CompletableFuture.completedFuture(this);
    } catch (NodeNeededException needed) {
      return nodes.read(head.partition(), needed).thenApply(unused -> this);
    }
  }

  final KnownNodes nodes() {
    return nodes;
  }

  final IndexShape shape() {
    return shape;
  }

  final IndexEdit edit(Head head, IndexShape shapeOfIt) {
    return new IndexEdit(shapeOfIt, head.partition(), nodes, () -> labels.next(head.horizon()));
  }

  final Verdict<Head, R> replace(Head head, Head next, R result, IndexEdit... edits) {
    List<Verdict.NewObject> objects = new ArrayList<>();
    for (IndexEdit edit : edits) {
      objects.addAll(nodes.objects(keys, head, edit));
    }
    return new Verdict.Replace<>(next, result, objects);
  }
}
