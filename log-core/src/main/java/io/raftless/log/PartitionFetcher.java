package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.StaleStateException;
import io.raftless.format.BatchBlock;
import io.raftless.format.FormatException;
import io.raftless.format.LogRecord;
import io.raftless.head.DataBlock;
import io.raftless.head.Head;
import io.raftless.head.LogState;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one partition ahead of its reader. Entries move through three queues, in order of
 * offsets: planned (known from the index), fetching (requested, several at a time), ready
 * (decoded).
 *
 * <p>All state is guarded by the reader's lock; what completes elsewhere comes back through {@link
 * #on}.
 */
final class PartitionFetcher {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionFetcher.class);

  /** Requests under way at a time. */
  private static final int MOST_FETCHING = 16;

  private record Ready(ReadBatch batch, int bytes) {}

  private record Decoded(ReadBatch batch, int uncompressedBytes) {}

  /** A requested block and, later, what came of it. */
  private static final class Fetch {
    private final DataBlock block;
    private @Nullable ReadBatch batch;

    /** Taken from the budget: as stored, then as decoded. */
    private int charged;

    Fetch(DataBlock block) {
      this.block = block;
      this.charged = block.length();
    }
  }

  private final Partition partition;
  private final ObjectStore store;
  private final LogRuntime runtime;
  private final ReaderOptions options;
  private final FetchBudget budget;
  private final Object lock;

  private final Deque<DataBlock> planned = new ArrayDeque<>();
  private final Deque<Fetch> fetching = new ArrayDeque<>();
  private final Deque<Ready> ready = new ArrayDeque<>();

  /** A group is replaced by where it is, before the head is looked at. */
  private StartAt start;

  private final Function<StartAt.Group, CompletableFuture<StartAt>> groups;

  /** The first offset that is not planned yet. */
  private long planFrom;

  /** The first offset that the reader wants: batches that begin before it are cut. */
  private long wanted;

  private boolean isPlanning;
  private boolean hasSeenHead;
  private boolean isPaused;
  private boolean isStopped;
  private int idlePolls;

  /** Reported once what is ready was handed out. */
  private @Nullable RuntimeException failure;

  PartitionFetcher(
      Partition partition,
      StartAt start,
      Function<StartAt.Group, CompletableFuture<StartAt>> groups,
      ObjectStore store,
      LogRuntime runtime,
      ReaderOptions options,
      FetchBudget budget,
      Object lock) {
    this.partition = partition;
    this.start = start;
    this.groups = groups;
    startFrom(start instanceof StartAt.Offset at ? at.offset() : 0);
    this.store = store;
    this.runtime = runtime;
    this.options = options;
    this.budget = budget;
    this.lock = lock;
  }

  private void startFrom(long offset) {
    planFrom = offset;
    wanted = offset;
  }

  int partition() {
    return partition.number();
  }

  void pause() {
    isPaused = true;
  }

  void resume() {
    isPaused = false;
    proceed();
    lock.notifyAll();
  }

  void stop() {
    isStopped = true;
    ready.forEach(batch -> budget.giveBack(batch.bytes()));
    fetching.forEach(fetch -> budget.giveBack(fetch.charged));
    ready.clear();
    fetching.clear();
    planned.clear();
  }

  /** The next batch, if there is one; throws what stopped the fetching once all is handed out. */
  Optional<ReadBatch> poll() {
    if (isPaused) {
      return Optional.empty();
    }
    Ready next = ready.poll();
    if (next != null) {
      budget.giveBack(next.bytes());
      return Optional.of(next.batch());
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /** Starts whatever can be started. */
  void proceed() {
    if (isStopped || failure != null) {
      return;
    }
    while (!planned.isEmpty()
        && fetching.size() < MOST_FETCHING
        && mayFetch(planned.element().length())) {
      fetch(new Fetch(planned.remove()));
    }
    // At the end of the log the head is not looked at while there is something to hand out.
    if (planned.isEmpty() && !isPlanning && !isPaused && (ready.isEmpty() || isMoreKnown())) {
      isPlanning = true;
      plan();
    }
  }

  private boolean isMoreKnown() {
    CasCell.Snapshot<Head> known = partition.cell().latest();
    return hasSeenHead && known != null && planFrom < known.state().nextOffset();
  }

  /**
   * One batch of each partition is always allowed, so that a partition that is paused, or that
   * nobody asks for, cannot starve the others.
   */
  private boolean mayFetch(int bytes) {
    if (fetching.isEmpty() && ready.isEmpty()) {
      budget.take(bytes);
      return true;
    }
    return budget.tryTake(bytes);
  }

  private void plan() {
    if (start instanceof StartAt.Group group) {
      lookAtCursor(group);
      return;
    }
    CasCell.Snapshot<Head> known = partition.cell().latest();
    if (known != null && isMoreKnown()) {
      planOn(known.state());
    } else {
      lookAtHead();
    }
  }

  private void lookAtCursor(StartAt.Group group) {
    on(
        groups.apply(group),
        (found, trouble) -> {
          if (found == null) {
            fail(Failures.translate(orNone(trouble), "reading the cursor of " + group.name()));
            return;
          }
          start = found;
          if (found instanceof StartAt.Offset at) {
            startFrom(at.offset());
          }
          plan();
        });
  }

  private void lookAtHead() {
    on(
        partition.cell().readIfPresent(),
        (found, trouble) -> {
          if (trouble != null || found == null) {
            fail(Failures.translate(orNone(trouble), "reading the head of " + partition));
          } else if (found.isEmpty()) {
            // The writer that adds the partition has not created the head yet: it ends at 0.
            hasSeenHead |= start instanceof StartAt.Latest;
            lookAgainLater();
          } else {
            seen(found.get().state());
          }
        });
  }

  private void seen(Head head) {
    if (!hasSeenHead && start instanceof StartAt.Earliest) {
      startFrom(head.startOffset());
    } else if (!hasSeenHead && start instanceof StartAt.Latest) {
      startFrom(head.nextOffset());
    }
    if (head.state().status() == LogState.Status.DELETED) {
      fail(new RaftlessException.LogNotFound("the log of " + partition + " was deleted"));
    } else if (!hasSeenHead && planFrom > head.nextOffset()) {
      fail(
          new RaftlessException.OffsetOutOfRange(
              "offset "
                  + planFrom
                  + " is beyond the end of "
                  + partition
                  + ", which is "
                  + head.nextOffset()
                  + ": was the position taken from another log?"));
    } else {
      hasSeenHead = true;
      if (planFrom < head.nextOffset()) {
        idlePolls = 0;
        planOn(head);
      } else {
        lookAgainLater();
      }
    }
  }

  private void lookAgainLater() {
    long delay =
        Math.min(
            options.maxPollMillis(), (long) options.minPollMillis() << Math.min(idlePolls, 20));
    idlePolls++;
    on(
        runtime.after(Duration.ofMillis(delay)),
        (unused, trouble) -> {
          if (trouble == null) {
            lookAtHead();
          }
        });
  }

  private void planOn(Head head) {
    if (planFrom < head.startOffset()) {
      if (options.onTrimmed() == ReaderOptions.OnTrimmed.FAIL) {
        fail(trimmed(head));
        return;
      }
      LOG.warn(
          "{} was trimmed: going on at offset {}, not {}", partition, head.startOffset(), planFrom);
      planFrom = head.startOffset();
      wanted = Math.max(wanted, planFrom);
      if (planFrom == head.nextOffset()) {
        lookAgainLater();
        return;
      }
    }
    long from = planFrom;
    on(
        partition.index().blocksFrom(head, from),
        (entries, trouble) -> {
          if (planFrom != from) {
            // The plan was made anew in the meantime: what came back would leave a gap.
            isPlanning = false;
            proceed();
          } else if (entries != null && !entries.isEmpty()) {
            isPlanning = false;
            planned.addAll(entries);
            planFrom = entries.get(entries.size() - 1).endOffset();
            proceed();
          } else if (unwrapped(trouble) instanceof StaleStateException stale) {
            recheck(head, stale.getMessage());
          } else {
            fail(Failures.translate(orNone(trouble), "reading the index of " + partition));
          }
        });
  }

  private RaftlessException trimmed(Head head) {
    return new RaftlessException.OffsetOutOfRange(
        "offset "
            + planFrom
            + " of "
            + partition
            + " was trimmed away, the first there is is "
            + head.startOffset()
            + ": read from there, or set onTrimmed to EARLIEST");
  }

  private void fetch(Fetch fetch) {
    DataBlock block = fetch.block;
    fetching.add(fetch);
    String key = block.key();
    on(
        store
            .getRange(key, block.position(), block.length())
            .thenApplyAsync(outcome -> decode(key, block, outcome), runtime.workers()),
        (decoded, trouble) -> {
          if (!fetching.contains(fetch)) {
            return; // The plan was made anew in the meantime.
          }
          if (decoded == null) {
            fail(Failures.translate(orNone(trouble), "reading " + key));
          } else if (decoded.isEmpty()) {
            missing(fetch, key);
          } else {
            int more = Math.max(0, decoded.get().uncompressedBytes() - fetch.charged);
            budget.take(more);
            fetch.charged += more;
            fetch.batch = decoded.get().batch();
            handOver();
          }
        });
  }

  /** Empty if the object is not there. */
  private Optional<Decoded> decode(String key, DataBlock block, GetOutcome outcome) {
    if (!(outcome instanceof GetOutcome.Found found)) {
      return Optional.empty();
    }
    String where =
        key + " (bytes " + block.position() + " to " + (block.position() + block.length()) + ")";
    try {
      BatchBlock batchBlock = BatchBlock.parse(found.body());
      if (batchBlock.count() != block.count()
          || Integer.toUnsignedLong(batchBlock.crc()) != block.crc()) {
        throw new RaftlessException.Corrupted(
            where + " holds another batch than the index of " + partition + " says");
      }
      List<LogRecord> records = batchBlock.records();
      ReadBatch batch = new ReadBatch(partition.number(), block.baseOffset(), records);
      return Optional.of(new Decoded(batch, batchBlock.uncompressedBytes()));
    } catch (FormatException e) {
      throw new RaftlessException.Corrupted(where + " is damaged: " + e.getMessage(), e);
    }
  }

  /** Keeps the order: what came back early waits for what is before it. */
  private void handOver() {
    while (!fetching.isEmpty()) {
      ReadBatch batch = fetching.element().batch;
      if (batch == null) {
        break;
      }
      int charged = fetching.remove().charged;
      if (batch.baseOffset() > wanted) {
        // Invariant: offsets are handed out without a gap.
        fail(
            new IllegalStateException(
                partition + ": offset " + wanted + " is followed by " + batch.baseOffset()));
        return;
      }
      if (batch.nextOffset() <= wanted) {
        budget.giveBack(charged);
        continue; // A plan that was made anew may overlap what was handed out.
      }
      ready.add(new Ready(from(batch, wanted), charged));
      wanted = batch.nextOffset();
    }
    lock.notifyAll();
    proceed();
  }

  private static ReadBatch from(ReadBatch batch, long offset) {
    if (offset <= batch.baseOffset()) {
      return batch;
    }
    int skipped = (int) (offset - batch.baseOffset());
    return new ReadBatch(
        batch.partition(), offset, batch.records().subList(skipped, batch.records().size()));
  }

  /**
   * A data object is gone. If the newest head does not refer to it any more, it was compacted or
   * trimmed, and the plan is made anew; if it does, the log is damaged (design §6).
   */
  private void missing(Fetch fetch, String key) {
    DataBlock block = fetch.block;
    on(
        partition.cell().readIfPresent().thenCompose(found -> isReferenced(found, block)),
        (isReferenced, trouble) -> {
          if (!fetching.contains(fetch)) {
            return; // The plan was made anew in the meantime.
          }
          if (unwrapped(trouble) instanceof StaleStateException) {
            planAnew(block.baseOffset());
          } else if (isReferenced == null) {
            fail(Failures.translate(orNone(trouble), "reading the index of " + partition));
          } else if (isReferenced) {
            fail(
                new RaftlessException.Corrupted(
                    key
                        + " is gone, but the index of "
                        + partition
                        + " refers to it for offsets "
                        + block.baseOffset()
                        + " to "
                        + block.endOffset()));
          } else {
            planAnew(block.baseOffset());
          }
        });
  }

  private CompletableFuture<Boolean> isReferenced(
      Optional<CasCell.Snapshot<Head>> found, DataBlock block) {
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    Head head = found.get().state();
    return partition
        .index()
        .blocksFrom(head, block.baseOffset())
        .thenApply(entries -> head.startOffset() < block.endOffset() && entries.contains(block));
  }

  private void planAnew(long from) {
    while (!fetching.isEmpty() && fetching.getLast().block.baseOffset() >= from) {
      budget.giveBack(fetching.removeLast().charged);
    }
    planned.clear();
    planFrom = Math.max(from, wanted);
    proceed();
  }

  /** A node is gone: the head was stale, or the log is damaged. */
  private void recheck(Head stale, @Nullable String what) {
    on(
        partition.cell().readIfPresent(),
        (found, trouble) -> {
          if (found == null || found.isEmpty()) {
            fail(Failures.translate(orNone(trouble), "reading the head of " + partition));
          } else if (found.get().state().version() == stale.version()) {
            fail(
                new RaftlessException.Corrupted(
                    what + ", but the head of " + partition + " refers to it"));
          } else {
            seen(found.get().state());
          }
        });
  }

  private void fail(RuntimeException cause) {
    failure = cause;
    lock.notifyAll();
  }

  /** The next step, on a worker and under the lock, unless the partition is not read any more. */
  private <T> void on(
      CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> step) {
    var unused =
        future.whenCompleteAsync(
            (value, trouble) -> {
              synchronized (lock) {
                if (isStopped || failure != null) {
                  return;
                }
                try {
                  step.accept(value, trouble);
                } catch (RuntimeException e) {
                  fail(e);
                } catch (Error e) {
                  // Else whoever polls would wait for data that nobody fetches.
                  fail(new IllegalStateException("reading " + partition + " broke", e));
                }
              }
            },
            runtime.workers());
  }

  private static Throwable orNone(@Nullable Throwable trouble) {
    return trouble == null ? new IllegalStateException("no answer") : trouble;
  }

  private static @Nullable Throwable unwrapped(@Nullable Throwable trouble) {
    return trouble instanceof CompletionException && trouble.getCause() != null
        ? trouble.getCause()
        : trouble;
  }
}
