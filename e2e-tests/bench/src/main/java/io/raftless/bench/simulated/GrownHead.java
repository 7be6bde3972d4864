package io.raftless.bench.simulated;

import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexEdit;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.NewNode;
import io.raftless.index.SpineIndex;
import io.raftless.log.LogId;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * Makes the first partition of a log look as if so many batches had been appended to it. Of its
 * index only the newest nodes are there, which is all that an append looks at; the batches
 * themselves are not.
 */
public final class GrownHead {
  private static final int PER_COMMIT = 16;
  private static final int RECORDS = 3;
  private static final int BATCH_BYTES = 1_200;
  private static final long FIRST_MILLIS = 1_600_000_000_000L;

  /** Of each level: an edit reads the last node, and may make it anew a few times. */
  private static final int KEPT_NODES = 8;

  private final Incarnation incarnation;
  private final Map<Label, NewNode> nodes = new HashMap<>();
  private final Map<Integer, Deque<Label>> newest = new HashMap<>();
  private long nextNode;

  private GrownHead(Incarnation incarnation) {
    this.incarnation = incarnation;
  }

  /** Replaces the head, which nobody else may do meanwhile. */
  public static void install(ObjectStore store, LogId id, Incarnation incarnation, long batches)
      throws Exception {
    GrownHead grown = new GrownHead(incarnation);
    SpineIndex<Entry> index = grown.index(batches);
    LogKeys keys = new LogKeys(id + "/", incarnation);
    for (NewNode node : grown.nodes.values()) {
      requireStored(
          store
              .putIfAbsent(keys.node(0, node.label()), Json.encode(node.toNode(incarnation, 0)))
              .get());
    }
    if (!(store.get(keys.head(0)).get() instanceof GetOutcome.Found found)) {
      throw new IllegalStateException("the head of " + id + " is missing");
    }
    Head first = Json.decode(found.body(), Head.class, "head", Head.FORMAT);
    Head head =
        new Head(
            first.format(),
            first.incarnation(),
            0,
            first.version() + batches / PER_COMMIT,
            first.lastWrite(),
            first.state(),
            batches * RECORDS,
            0,
            0,
            Chain.ZERO,
            index.endChain(0, Chain.ZERO),
            first.horizon(),
            first.writers(),
            first.segments(),
            index);
    requireStored(store.putIfMatch(keys.head(0), found.etag(), Json.encode(head)).get());
  }

  private static void requireStored(PutOutcome outcome) {
    if (!(outcome instanceof PutOutcome.Stored)) {
      throw new IllegalStateException("a grown head could not be made: " + outcome);
    }
  }

  private SpineIndex<Entry> index(long batches) {
    SpineIndex<Entry> index = SpineIndex.empty();
    for (long next = 0; next < batches; next += PER_COMMIT) {
      List<Entry> group = new ArrayList<>(PER_COMMIT);
      for (long i = next; i < Math.min(batches, next + PER_COMMIT); i++) {
        group.add(entry(i));
      }
      IndexEdit edit =
          new IndexEdit(
              IndexShape.defaults(),
              0,
              ref -> node(ref.node()),
              () -> label(1L << 40 | nextNode++));
      index = edit.spill(index.plus(group), Chain.ZERO);
      edit.created().forEach(this::keep);
    }
    return index;
  }

  private IndexNode node(Label label) {
    return Objects.requireNonNull(nodes.get(label), "only the newest nodes are kept")
        .toNode(incarnation, 0);
  }

  private void keep(NewNode node) {
    nodes.put(node.label(), node);
    Deque<Label> ofLevel = newest.computeIfAbsent(node.level(), level -> new ArrayDeque<>());
    ofLevel.add(node.label());
    if (ofLevel.size() > KEPT_NODES) {
      nodes.remove(ofLevel.remove());
    }
  }

  private static Entry entry(long number) {
    BatchRef batch =
        new BatchRef(
            label(number), 44, BATCH_BYTES, RECORDS, FIRST_MILLIS + number, number % 999_983);
    return Entry.of(batch, number * RECORDS, null);
  }

  /** In the past, so that labels of appends are above them. */
  private static Label label(long number) {
    return new Label(
        new UUID(
            (FIRST_MILLIS + number % 1_000_000_000) << 16 | 0x7000L,
            0x8000_0000_0000_0000L | number));
  }
}
