package io.raftless.head;

import io.raftless.cas.Verdict;
import io.raftless.format.Json;
import io.raftless.id.Label;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexNode;
import io.raftless.index.NewNode;
import io.raftless.index.NodeNeededException;
import io.raftless.index.NodeRef;
import io.raftless.index.Nodes;
import io.raftless.index.WrittenOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The nodes that one transition has looked into. Nodes never change, so what was read for one head
 * is as true for the next.
 */
final class KnownNodes implements Nodes {
  private final IndexAccess index;
  private final Map<Label, IndexNode> read = new ConcurrentHashMap<>();

  KnownNodes(IndexAccess index) {
    this.index = index;
  }

  @Override
  public IndexNode get(NodeRef ref) {
    IndexNode node = read.get(ref.node());
    return node != null
        ? node
        : index.known(ref.node()).orElseThrow(() -> new NodeNeededException(ref));
  }

  /** Reads what was asked for in vain. */
  CompletableFuture<Void> read(int partition, NodeNeededException needed) {
    Label label = needed.ref().node();
    return index.read(partition, label).thenAccept(node -> read.put(label, node));
  }

  /** The nodes, and what was written out, of an edit as objects to be stored before the head. */
  List<Verdict.NewObject> objects(LogKeys keys, Head head, IndexEdit edit) {
    List<Verdict.NewObject> objects = new ArrayList<>();
    for (NewNode created : edit.created()) {
      IndexNode node = created.toNode(head.incarnation(), head.partition());
      index.remember(created.label(), node);
      objects.add(
          new Verdict.NewObject(keys.node(head.partition(), created.label()), Json.encode(node)));
    }
    for (WrittenOut batches : edit.writtenOut()) {
      ByteBuffer body = batches.toObject(head.incarnation(), head.partition());
      objects.add(new Verdict.NewObject(keys.wal(batches.label()), body));
    }
    return objects;
  }
}
