package io.raftless.connect.source;

import io.raftless.log.Acknowledgement;
import io.raftless.log.ConsumerGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the group's cursors on to what Kafka has acknowledged, so that lag shows in the log. It is
 * for people: nothing that fails here fails a task, and nobody waits for it. Thread-safe.
 */
final class GroupProgress {
  private static final Logger LOG = LoggerFactory.getLogger(GroupProgress.class);

  private final boolean isEnabled;
  private final long intervalNanos;
  private final LongSupplier nanos;
  private final Map<SourcePartition, Cursor> cursors = new ConcurrentHashMap<>();

  /** Guarded by this. */
  private long lastNanos;

  GroupProgress(boolean isEnabled, Duration interval, LongSupplier nanos) {
    this.isEnabled = isEnabled;
    this.intervalNanos = interval.toNanos();
    this.nanos = nanos;
    this.lastNanos = nanos.getAsLong() - intervalNanos;
  }

  /** One cursor; its fields are guarded by itself. */
  private static final class Cursor {
    private final SourcePartition partition;
    private final Acknowledged acknowledged;
    private final ConsumerGroup group;
    private final long generation;
    private long published;

    /** The last move; one at a time. */
    private CompletableFuture<Boolean> move = CompletableFuture.completedFuture(true);

    private boolean isGivenUp;

    Cursor(
        SourcePartition partition,
        Acknowledged acknowledged,
        ConsumerGroup group,
        long generation) {
      this.partition = partition;
      this.acknowledged = acknowledged;
      this.group = group;
      this.generation = generation;
      this.published = acknowledged.next();
    }
  }

  /**
   * A partition is read from now on.
   *
   * @param generation of the cursor when it began
   */
  void follow(
      SourcePartition partition, Acknowledged acknowledged, ConsumerGroup group, long generation) {
    cursors.put(partition, new Cursor(partition, acknowledged, group, generation));
  }

  /** It is not read any more. */
  void forget(SourcePartition partition) {
    cursors.remove(partition);
  }

  /** Moves cursors if it is time to. Does not wait. */
  void publish() {
    long now = nanos.getAsLong();
    synchronized (this) {
      if (now - lastNanos < intervalNanos) {
        return;
      }
      lastNanos = now;
    }
    publishNow();
  }

  private void publishNow() {
    if (isEnabled) {
      cursors.values().forEach(GroupProgress::publish);
    }
  }

  private static void publish(Cursor cursor) {
    long to = cursor.acknowledged.next();
    CompletableFuture<Boolean> settled = new CompletableFuture<>();
    synchronized (cursor) {
      if (!cursor.move.isDone() || cursor.isGivenUp || to <= cursor.published) {
        return;
      }
      cursor.move = settled;
    }
    CompletableFuture<Acknowledgement> move;
    try {
      move = cursor.group.advance(cursor.partition.partition(), cursor.generation, to, null);
    } catch (IllegalStateException e) {
      // Closed meanwhile: the task is stopping.
      move = CompletableFuture.failedFuture(e);
    }
    var unused =
        move.handle((answer, failure) -> settled.complete(settle(cursor, to, answer, failure)));
  }

  private static boolean settle(
      Cursor cursor, long to, @Nullable Acknowledgement answer, @Nullable Throwable failure) {
    synchronized (cursor) {
      if (answer instanceof Acknowledgement.Mismatch) {
        cursor.isGivenUp = true;
        LOG.warn(
            "Somebody reset the cursor of {} in {}: it is not moved any more until this task"
                + " starts again. Reading is not affected",
            cursor.group,
            cursor.partition);
      } else if (failure != null) {
        LOG.warn(
            "The cursor of {} in {} could not be moved to {}: its lag looks larger than it is",
            cursor.group,
            cursor.partition,
            to,
            Futures.unwrapped(failure));
      } else {
        cursor.published = to;
      }
      return failure == null;
    }
  }

  /** Moves cursors for the last time, and waits for it, but not for long. */
  void finish(Duration limit) {
    long deadline = nanos.getAsLong() + limit.toNanos();
    try {
      awaitMoves(deadline);
      publishNow();
      awaitMoves(deadline);
    } catch (TimeoutException e) {
      LOG.warn("Cursors were not moved in {} ms: lag looks larger than it is", limit.toMillis(), e);
    } catch (ExecutionException e) {
      LOG.warn("Cursors could not be moved: lag looks larger than it is", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitMoves(long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<CompletableFuture<Boolean>> moves = new ArrayList<>();
    for (Cursor cursor : cursors.values()) {
      synchronized (cursor) {
        moves.add(cursor.move);
      }
    }
    var unused =
        CompletableFuture.allOf(moves.toArray(CompletableFuture<?>[]::new))
            .get(Math.max(1, deadline - nanos.getAsLong()), TimeUnit.NANOSECONDS);
  }
}
