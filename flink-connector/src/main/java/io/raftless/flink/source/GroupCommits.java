package io.raftless.flink.source;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the cursors of a consumer group to what was read when a checkpoint completed. In the
 * background: nothing that goes wrong with it is a failure of the job, which goes on from its own
 * checkpoints.
 *
 * <p>Cursors never go back, and not over a reset: the generation of a cursor is read when a split
 * comes, and if somebody has reset it since, it is left where it is until the task starts again.
 *
 * <p>Owned by the task's thread, unless a comment says otherwise.
 */
final class GroupCommits {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommits.class);

  /** How long a task that ends waits for its last commits. */
  private static final long CLOSE_SECONDS = 5;

  private final ReaderMetrics metrics;
  private final Supplier<CursorStore> opener;
  private final ExecutorService executor;

  /** Of splits that have finished and are in no completed checkpoint yet. */
  private final Map<Place, Long> finished = new HashMap<>();

  /** What completed checkpoints will have read, by checkpoint id. */
  private final TreeMap<Long, Map<Place, Long>> checkpoints = new TreeMap<>();

  /** What is to be committed. Guarded by itself. */
  private final Map<Place, Long> pending = new HashMap<>();

  /** Owned by the executor's thread, as is all that follows. */
  private @Nullable CursorStore store;

  private final Map<Place, CompletableFuture<Long>> generations = new HashMap<>();
  private final Map<Place, Long> committed = new HashMap<>();
  private final RareWarning warning = new RareWarning(LOG);

  private record Place(LogCreation log, int partition) {
    static Place of(RaftlessSplit split) {
      return new Place(LogCreation.of(split), split.partition());
    }

    @Override
    public String toString() {
      return "partition " + partition + " of log " + log.log();
    }
  }

  private record Begun(long offset, CompletableFuture<Boolean> answer) {}

  GroupCommits(Supplier<CursorStore> opener, ReaderMetrics metrics) {
    this.opener = opener;
    this.metrics = metrics;
    this.executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "raftless-group-commits");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Reading of a split begins. */
  void begin(RaftlessSplit split) {
    Place place = Place.of(split);
    executor.execute(() -> generations.put(place, generationOf(place)));
  }

  /** A split was read to its end. */
  void finished(RaftlessSplit split) {
    finished.put(Place.of(split), split.startOffset());
  }

  /** A checkpoint begins. */
  void snapshot(long checkpointId, List<RaftlessSplit> splits) {
    Map<Place, Long> read = new HashMap<>(finished);
    splits.forEach(split -> read.put(Place.of(split), split.startOffset()));
    checkpoints.put(checkpointId, read);
  }

  /** A checkpoint has completed: what it has read is committed, in the background. */
  void completed(long checkpointId) {
    @Nullable Map<Place, Long> read = checkpoints.get(checkpointId);
    checkpoints.headMap(checkpointId, true).clear();
    if (read == null) {
      return;
    }
    // What finished after the checkpoint stays.
    read.forEach(finished::remove);
    synchronized (pending) {
      pending.putAll(read);
    }
    executor.execute(this::commit);
  }

  /** A checkpoint will never complete. */
  void aborted(long checkpointId) {
    checkpoints.remove(checkpointId);
  }

  private void commit() {
    Map<Place, Long> read;
    synchronized (pending) {
      read = new HashMap<>(pending);
      pending.clear();
    }
    read.entrySet().removeIf(to -> to.getValue().equals(committed.get(to.getKey())));
    // All are asked before the first answer is waited for.
    Map<Place, CompletableFuture<Long>> generationsRead = new HashMap<>();
    read.keySet().forEach(place -> generationsRead.put(place, generationOf(place)));
    Map<Place, Begun> begun = new HashMap<>();
    generationsRead.forEach(
        (place, generation) -> {
          long offset = Objects.requireNonNull(read.get(place));
          try {
            CompletableFuture<Boolean> answer =
                store().advance(place.log(), place.partition(), generation.join(), offset);
            begun.put(place, new Begun(offset, answer));
          } catch (RuntimeException e) {
            failed(place, offset, e);
          }
        });
    begun.forEach(this::finish);
  }

  private void finish(Place place, Begun begun) {
    try {
      if (begun.answer().join()) {
        committed.put(place, begun.offset());
        metrics.committed();
      } else {
        metrics.commitFailed();
        warning.warn(
            "the cursor in "
                + place
                + " was reset since the job began to read: it is left where it is",
            null);
      }
    } catch (RuntimeException e) {
      failed(place, begun.offset(), e);
    }
  }

  private void failed(Place place, long offset, RuntimeException failure) {
    metrics.commitFailed();
    warning.warn(
        "the cursor in "
            + place
            + " could not be moved to "
            + offset
            + "; the next checkpoint tries again",
        SourceFailure.cause(failure));
  }

  /** Read once, unless that failed. */
  private CompletableFuture<Long> generationOf(Place place) {
    @Nullable CompletableFuture<Long> known = generations.get(place);
    if (known != null && !known.isCompletedExceptionally()) {
      return known;
    }
    CompletableFuture<Long> generation;
    try {
      generation = store().generation(place.log(), place.partition());
    } catch (RuntimeException e) {
      generation = CompletableFuture.failedFuture(e);
    }
    generations.put(place, generation);
    return generation;
  }

  private CursorStore store() {
    if (store == null) {
      store = opener.get();
    }
    return store;
  }

  private void closeStore() {
    if (store != null) {
      store.close();
    }
  }

  /** Waits a moment for what is being committed. */
  public void close() throws InterruptedException {
    executor.execute(this::closeStore);
    executor.shutdown();
    if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("The last cursors of the group may not have been moved: the store does not answer");
      executor.shutdownNow();
    }
  }
}
