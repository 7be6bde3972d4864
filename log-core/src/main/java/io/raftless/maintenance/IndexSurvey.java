package io.raftless.maintenance;

import io.raftless.cas.StaleStateException;
import io.raftless.cas.Verdict;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.head.AdvanceHorizon;
import io.raftless.head.ForgetTrimmed;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.index.SpineIndex;
import io.raftless.runtime.Waiting;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which objects below a bound the heads of a log need (design §7):
 *
 * <ul>
 *   <li>every node and every provenance list that the head refers to, directly or through other
 *       nodes, whatever was trimmed: a label that was committed must be found;
 *   <li>the WAL objects and segments whose records overlap what is readable.
 * </ul>
 *
 * <p>What may be skipped: a leaf of batches that are all trimmed, or whose labels are all at or
 * above the bound: then so are their objects, since what a batch was written out to has a label
 * above that of the batch. Nothing else, however young its batches: the names of nodes and segments
 * come from other clocks than the labels of the batches below them, so they may be below the bound
 * when those are above it.
 */
final class IndexSurvey {
  /** Heads of so many partitions are looked into at a time: it bounds what is in memory. */
  private static final int GROUP = 64;

  private final LogHeads heads;
  private final IndexReader index;
  private final LabelSource labels;
  private final IndexShape shape;
  private final int requestsInFlight;
  private final Label bound;
  private final LabelSet needed = new LabelSet();

  /**
   * Makes a survey.
   *
   * @param bound labels at or above it are of no interest
   */
  IndexSurvey(
      LogHeads heads,
      IndexReader index,
      LabelSource labels,
      IndexShape shape,
      int requestsInFlight,
      Label bound) {
    this.heads = heads;
    this.index = index;
    this.labels = labels;
    this.shape = shape;
    this.requestsInFlight = requestsInFlight;
    this.bound = bound;
  }

  /** Whether an object is needed, as far as was looked; its label must be below the bound. */
  boolean isNeeded(Label label) {
    return needed.contains(label);
  }

  /**
   * Looks at the newest heads.
   *
   * <p>Blocks.
   *
   * @throws FormatException if a node is gone that the newest head refers to
   */
  void look() {
    for (List<Integer> group : groups()) {
      Map<Integer, String> missed = new HashMap<>();
      Collection<Integer> left = group;
      while (!left.isEmpty()) {
        left = look(left, missed);
      }
    }
  }

  private List<List<Integer>> groups() {
    List<Integer> all = heads.partitions();
    List<List<Integer>> groups = new ArrayList<>();
    for (int from = 0; from < all.size(); from += GROUP) {
      groups.add(all.subList(from, Math.min(all.size(), from + GROUP)));
    }
    return groups;
  }

  /**
   * Returns the partitions whose heads were too old by the time their nodes were read. What is gone
   * stays gone: a head that was read after an object was missed, and still refers to it, is damage.
   * That the head has changed since proves nothing.
   */
  private Collection<Integer> look(Collection<Integer> partitions, Map<Integer, String> missed) {
    Map<Integer, String> stale = new ConcurrentHashMap<>();
    Map<Integer, Head> found = new ConcurrentHashMap<>();
    Parallel.forEach(
        partitions,
        requestsInFlight,
        partition ->
            heads.read(partition).thenAccept(head -> head.ifPresent(h -> found.put(partition, h))));
    ConcurrentLinkedQueue<Visit> visits = new ConcurrentLinkedQueue<>();
    found.values().forEach(head -> begin(head, head, Map.of(), visits));
    follow(visits, stale);
    stale.forEach(
        (partition, trouble) -> {
          if (trouble.equals(missed.put(partition, trouble))) {
            throw new FormatException(
                "the index of partition "
                    + partition
                    + " is damaged: "
                    + trouble
                    + ", but "
                    + heads.keys().head(partition)
                    + " refers to it. Nothing was deleted");
          }
        });
    return stale.keySet();
  }

  /**
   * Looks at the heads as they would be after a vacuum: with the bound as their horizon, and
   * without what they could forget then. Changes nothing.
   *
   * @return how many records would be forgotten
   */
  long lookAhead() {
    long forgotten = 0;
    for (int partition : heads.partitions()) {
      Optional<Head> head = Waiting.join(heads.read(partition));
      if (head.isPresent()) {
        forgotten += lookAhead(head.get());
      }
    }
    return forgotten;
  }

  private long lookAhead(Head now) {
    Head raised = next(new AdvanceHorizon(bound).apply(now), now);
    ForgetTrimmed forget = new ForgetTrimmed(heads.keys(), labels, shape, index);
    Verdict<Head, Long> verdict = forget.apply(raised);
    while (verdict instanceof Verdict.NeedLookup<Head, Long>) {
      var unused = Waiting.join(forget.lookUp(raised));
      verdict = forget.apply(raised);
    }
    Map<Label, IndexNode> nodes = new HashMap<>();
    long forgotten = 0;
    if (verdict instanceof Verdict.Replace<Head, Long> replace) {
      forgotten = replace.result();
      for (Verdict.NewObject object : replace.before()) {
        IndexNode node =
            Json.decode(object.body(), IndexNode.class, "index node", IndexNode.FORMAT);
        nodes.put(Label.parse(object.key().substring(object.key().lastIndexOf('/') + 1)), node);
      }
    }
    ConcurrentLinkedQueue<Visit> visits = new ConcurrentLinkedQueue<>();
    begin(now, next(verdict, raised), nodes, visits);
    Map<Integer, String> stale = new ConcurrentHashMap<>();
    follow(visits, stale);
    if (!stale.isEmpty()) {
      throw new StaleStateException(
          "the log is being changed: " + stale.values() + ". Start the dry run again");
    }
    return forgotten;
  }

  private static <R> Head next(Verdict<Head, R> verdict, Head otherwise) {
    return verdict instanceof Verdict.Replace<Head, R> replace ? replace.next() : otherwise;
  }

  /**
   * A node to be looked at.
   *
   * @param head below which it is
   * @param nodes of that head that are not stored
   */
  private record Visit(Head head, NodeRef ref, Map<Label, IndexNode> nodes) {}

  private void begin(
      Head stored, Head head, Map<Label, IndexNode> nodes, Collection<Visit> visits) {
    if (!stored.incarnation().equals(heads.keys().incarnation())) {
      throw new FormatException(heads.keys().head(stored.partition()) + " is of another log");
    }
    seeAll(head, head.segments(), nodes, visits);
    seeAll(head, head.wal(), nodes, visits);
  }

  private void seeAll(
      Head head, SpineIndex<?> spine, Map<Label, IndexNode> nodes, Collection<Visit> visits) {
    for (int level = 0; level < spine.levels().size(); level++) {
      for (NodeRef ref : spine.levels().get(level)) {
        see(head, ref, level, nodes, visits);
      }
    }
    spine.entries().forEach(item -> see(head, item));
  }

  /** Level by level, since what is in a node says what is to be read next. */
  private void follow(ConcurrentLinkedQueue<Visit> visits, Map<Integer, String> stale) {
    while (!visits.isEmpty()) {
      List<Visit> level = List.copyOf(visits);
      visits.clear();
      Parallel.forEach(level, requestsInFlight, visit -> visit(visit, visits, stale));
    }
  }

  private CompletableFuture<Void> visit(
      Visit visit, Collection<Visit> visits, Map<Integer, String> stale) {
    IndexNode unstored = visit.nodes().get(visit.ref().node());
    int partition = visit.head().partition();
    CompletableFuture<IndexNode> node =
        unstored != null
            ? CompletableFuture.completedFuture(unstored)
            : index.read(partition, visit.ref().node());
    return node.handle(
        (found, trouble) -> {
          if (found != null) {
            found.items().forEach(item -> seeBelow(visit, found, item, visits));
          } else if (unwrapped(trouble) instanceof StaleStateException gone) {
            // Of several the same one each time, so that the next look can compare.
            stale.merge(
                partition,
                String.valueOf(gone.getMessage()),
                (one, other) -> one.compareTo(other) <= 0 ? one : other);
          } else {
            throw new CompletionException(unwrapped(trouble));
          }
          return null;
        });
  }

  private void seeBelow(Visit visit, IndexNode node, Item item, Collection<Visit> visits) {
    if (item instanceof NodeRef ref) {
      see(visit.head(), ref, node.level() - 1, visit.nodes(), visits);
    } else {
      see(visit.head(), item);
    }
  }

  private void see(
      Head head, NodeRef ref, int level, Map<Label, IndexNode> nodes, Collection<Visit> visits) {
    need(ref.node());
    boolean isLeafOfBatches = level == 0 && ref.baseOffset() >= head.compactionCursor();
    boolean canBeSkipped =
        isLeafOfBatches
            && (ref.endOffset() <= head.startOffset() || ref.minLabel().compareTo(bound) >= 0);
    if (!canBeSkipped) {
      visits.add(new Visit(head, ref, nodes));
    }
  }

  private void see(Head head, Item item) {
    if (item instanceof Segment segment) {
      see(head, segment);
    } else if (item instanceof Entry entry) {
      see(head, entry);
    } else {
      throw new IllegalStateException("neither a segment nor a batch: " + item);
    }
  }

  private void see(Head head, Segment segment) {
    need(segment.provenance());
    Label label = segment.label();
    if (label != null && segment.endOffset() > head.startOffset()) {
      need(label);
    }
  }

  private void see(Head head, Entry entry) {
    Label object = entry.dataObject();
    if (object != null && entry.endOffset() > head.startOffset()) {
      need(object);
    }
  }

  private void need(Label label) {
    if (label.compareTo(bound) < 0) {
      needed.add(label);
    }
  }

  private static @Nullable Throwable unwrapped(@Nullable Throwable trouble) {
    Throwable cause = trouble;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
