package io.raftless.maintenance;

import io.raftless.cas.CreateOnce;
import io.raftless.cas.StaleStateException;
import io.raftless.format.FormatException;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentObject;
import io.raftless.head.Compact;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.id.Label;
import io.raftless.index.IndexShape;
import io.raftless.index.Item;
import io.raftless.index.NodeRef;
import io.raftless.runtime.LogRuntime;
import io.raftless.runtime.Waiting;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes segments of one partition's WAL. It works in rounds: read the head, write segments that
 * nobody knows of, put all of them into the index by one conditional write. Any number of
 * compactors may work at the same time and may die at any point: what is not in the index is
 * garbage for the vacuum. A compactor deletes nothing, and neither appends nor readers notice it.
 *
 * <p>Works on the caller's thread, which waits for the store. Thread-safe.
 */
public final class Compactor {
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);

  private final ObjectStore store;
  private final LogKeys keys;
  private final PartitionHead partition;
  private final LogRuntime runtime;
  private final IndexShape shape;
  private final Duration timeout;

  /**
   * Makes a compactor.
   *
   * @param shape of the index
   * @param timeout after which storing one object is given up
   */
  public Compactor(
      ObjectStore store,
      LogKeys keys,
      PartitionHead partition,
      LogRuntime runtime,
      IndexShape shape,
      Duration timeout) {
    this.store = store;
    this.keys = keys;
    this.partition = partition;
    this.runtime = runtime;
    this.shape = shape;
    this.timeout = timeout;
  }

  /**
   * Compacts what is in the WAL now, if the options say that it is due, and merges small segments.
   * What is appended in the meantime waits for the next call, so this ends.
   *
   * @throws FormatException if something is damaged or gone, naming object and range; what was
   *     installed before stays, and nothing of the round in question is
   * @throws io.raftless.store.StoreException if the store cannot be read, or an object not stored
   * @throws io.raftless.cas.UpdateException if the head could not be written, or nobody knows
   *     whether it was: either way the log is in order, and calling again goes on
   * @throws InterruptedException if interrupted; a write under way may still take effect
   */
  public CompactionReport compact(CompactionOptions options) throws InterruptedException {
    return new Run(options).run();
  }

  /** One call. */
  private final class Run implements CompactionRound.Objects {
    private final CompactionOptions options;
    private final CountingObjectStore counting = new CountingObjectStore(store);
    private final CreateOnce objects = new CreateOnce(counting, runtime);
    private int rounds;
    private int segments;
    private long batches;
    private int mergedSegments;

    /** What was not there when it was looked for last. */
    private @Nullable String missing;

    Run(CompactionOptions options) {
      this.options = options;
    }

    CompactionReport run() throws InterruptedException {
      long target = -1;
      while (true) {
        if (Thread.interrupted()) {
          throw new InterruptedException("interrupted after " + rounds + " rounds of compaction");
        }
        Optional<Head> found = Waiting.on(partition.readHead());
        if (found.isEmpty()) {
          return report(CompactionReport.Outcome.NOTHING_DUE);
        }
        Head head = found.get();
        if (head.state().status() == LogState.Status.DELETED) {
          return report(CompactionReport.Outcome.DELETED);
        }
        target = target < 0 ? head.nextOffset() : target;
        CompactionReport.Outcome end = round(head, target);
        if (end != null) {
          return report(end);
        }
      }
    }

    /** How the call ends, or null if there may be more to do. */
    private CompactionReport.@Nullable Outcome round(Head head, long target)
        throws InterruptedException {
      try {
        OptionalLong upTo = due(head, target);
        if (upTo.isEmpty()) {
          return ended();
        }
        CompactionRound round =
            new CompactionRound(
                counting,
                keys,
                partition.index(),
                runtime.labels(),
                options,
                this,
                head,
                upTo.getAsLong());
        Optional<Compact.Plan> plan = round.run();
        return plan.isEmpty() ? ended() : install(plan.get(), round.batches());
      } catch (StaleStateException gone) {
        // The head may have been overtaken while we read. But what is gone stays gone, so if a head
        // that was read after that refers to it, the log is damaged: everything that is reachable
        // from the head exists.
        String what = String.valueOf(gone.getMessage());
        if (what.equals(missing)) {
          throw new FormatException(
              what
                  + ", but the head of partition "
                  + head.partition()
                  + " still refers to it; nothing was compacted",
              gone);
        }
        missing = what;
        LOG.info("compaction of {} plans anew: {}", keys.head(head.partition()), what);
        return null;
      }
    }

    private CompactionReport.Outcome ended() {
      return rounds > 0 ? CompactionReport.Outcome.INSTALLED : CompactionReport.Outcome.NOTHING_DUE;
    }

    private CompactionReport.@Nullable Outcome install(Compact.Plan plan, long planned)
        throws InterruptedException {
      Compact.Outcome outcome =
          Waiting.on(
              partition.update(
                  new Compact(keys, runtime.labels(), shape, partition.index(), plan)));
      if (outcome instanceof Compact.Outcome.Installed) {
        rounds++;
        segments += plan.segments().size();
        batches += planned;
        mergedSegments += plan.merged().size();
        return null;
      }
      if (outcome instanceof Compact.Outcome.Expired expired) {
        LOG.warn(
            "compaction of {} took so long that its segments may be deleted: the horizon is {} now",
            keys.head(partition.number()),
            expired.horizon());
        return CompactionReport.Outcome.EXPIRED;
      }
      return outcome instanceof Compact.Outcome.Deleted
          ? CompactionReport.Outcome.DELETED
          : CompactionReport.Outcome.OVERTAKEN;
    }

    private CompactionReport report(CompactionReport.Outcome outcome) {
      RequestCounts counts = counting.counts();
      return new CompactionReport(
          partition.number(),
          outcome,
          rounds,
          segments,
          batches,
          mergedSegments,
          counts.bytesIn(),
          counts.bytesOut(),
          counts.gets(),
          counts.puts());
    }

    /** How far the WAL is to be compacted now: to the cursor if only segments are to be merged. */
    private OptionalLong due(Head head, long target) throws InterruptedException {
      long cursor = head.compactionCursor();
      if (cursor < target && isDue(head)) {
        return OptionalLong.of(target);
      }
      List<?> merged =
          head.startOffset() >= cursor
              ? Undersized.trimmed(head, options, 0)
              : Undersized.withData(head, options, 0, 0);
      return merged.isEmpty() ? OptionalLong.empty() : OptionalLong.of(cursor);
    }

    private boolean isDue(Head head) throws InterruptedException {
      if (options.isForced()) {
        return true;
      }
      List<Item> wal = head.wal().items();
      if (wal.stream().mapToLong(Item::bytes).sum() >= options.minBytes()) {
        return true;
      }
      Instant young = runtime.clock().instant().minus(options.maxAge());
      return wal.stream().anyMatch(item -> !item.minLabel().time().isAfter(young))
          || hasEntries(head, options.maxEntries());
    }

    private boolean hasEntries(Head head, int enough) throws InterruptedException {
      long entries = head.wal().entries().size();
      for (int level = 1; level <= head.wal().levels().size(); level++) {
        for (NodeRef ref : head.wal().levels().get(level - 1)) {
          entries += entriesBelow(head, ref, level, enough - entries);
        }
      }
      return entries >= enough;
    }

    /**
     * As many as are asked for, or all: nodes know how many items they have, not how many batches.
     */
    private long entriesBelow(Head head, NodeRef ref, int level, long enough)
        throws InterruptedException {
      if (level == 1 || ref.items() >= enough) {
        return ref.items();
      }
      long entries = 0;
      for (NodeRef below :
          Waiting.on(partition.index().read(head.partition(), ref.node())).refs()) {
        entries += entriesBelow(head, below, level - 1, enough - entries);
      }
      return entries;
    }

    @Override
    public void store(
        @Nullable SegmentObject segment, Label provenanceLabel, ProvenanceList provenance)
        throws InterruptedException {
      CompletableFuture<?> list =
          create(keys.provenance(provenance.partition(), provenanceLabel), provenance.encode());
      if (segment != null) {
        Label label = new Label(segment.footer().label());
        Waiting.on(create(keys.segment(provenance.partition(), label), segment.body()));
      }
      Waiting.on(list);
    }

    private CompletableFuture<Void> create(String key, ByteBuffer body) {
      return objects.create(key, body, runtime.clock().millis() + timeout.toMillis());
    }
  }
}
