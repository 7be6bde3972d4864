package io.raftless.connect.sink;

import io.raftless.log.RaftlessException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a partition when something fails, and what ends the task. Whatever it was, what
 * is not in the log is dropped, and the partition is acquired again when it is time: only what
 * would fail for ever ends the task. Owned by the task's thread.
 */
final class Setbacks {
  private static final Logger LOG = LoggerFactory.getLogger(Setbacks.class);

  /** Without trouble for this long, trouble is new. */
  private static final long QUIET_MILLIS = 300_000;

  private static final int MAX_DOUBLINGS = 20;
  private static final int MOST_HOLDERS = 10_000;

  private final SinkSettings.Patience patience;
  private final SinkTaskContext context;
  private final LongSupplier clock;
  private final SinkMetrics metrics;
  private final TaskMemory memory;

  /** What this task has acquired with, as far back as it may still meet itself. */
  private final Set<String> ownHolders =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > MOST_HOLDERS;
            }
          });

  /** Ends the task with the next {@code put}. */
  private @Nullable ConnectException fatal;

  Setbacks(
      SinkSettings.Patience patience,
      SinkTaskContext context,
      LongSupplier clock,
      SinkMetrics metrics,
      TaskMemory memory) {
    this.patience = patience;
    this.context = context;
    this.clock = clock;
    this.metrics = metrics;
    this.memory = memory;
  }

  /** A holder that this task acquires with. */
  void acquiresWith(String holder) {
    ownHolders.add(holder);
  }

  /** Whether the task is to end. */
  boolean isFatal() {
    return fatal != null;
  }

  static Throwable reason(@Nullable Throwable trouble) {
    return trouble == null ? new IllegalStateException("neither a result nor a reason") : trouble;
  }

  /** Decides what becomes of a partition of which something failed. */
  void failed(TaskPartition partition, Throwable thrown, String what) {
    Trouble trouble = Trouble.of(thrown);
    switch (trouble.kind()) {
      case FENCED -> fenced(partition, trouble.cause());
      case AGAIN -> again(partition, trouble.cause(), what);
      case LOG_FENCED -> {
        LOG.warn("the log of {} is fenced, trying again later: {}", partition.id, what);
        lose(partition, "its log is fenced");
        partition.retryAtMillis = clock.getAsLong() + patience.retryBackoffMaxMillis();
      }
      case HOPELESS -> {
        lose(partition, what + " failed");
        fail(
            new ConnectException(
                what
                    + " for "
                    + partition.id
                    + " ("
                    + partition.target
                    + ") failed, and would again: "
                    + trouble.cause().getMessage()
                    + advice(trouble.cause()),
                trouble.cause()));
      }
    }
  }

  private static String advice(Throwable cause) {
    if (cause instanceof RaftlessException.LogNotFound
        || cause instanceof RaftlessException.OtherIncarnation) {
      return ". If the log was deleted on purpose, restart the task: it begins anew in the new log,"
          + " where start.position says";
    }
    if (cause instanceof RaftlessException.Refused) {
      return ". Make room, then restart the task";
    }
    return "";
  }

  private void fenced(TaskPartition partition, Throwable cause) {
    RaftlessException.WriterFenced by =
        cause instanceof RaftlessException.WriterFenced fence ? fence : null;
    String holder = by == null ? "unknown" : by.holder().orElse("none");
    // An acquire of before a close can arrive after the one of the next open: nobody else is there.
    boolean isOurs = ownHolders.contains(holder);
    long wait = isOurs ? patience.retryBackoffMillis() : patience.fencedRetryMillis();
    LOG.warn(
        "{} was acquired by {} (holder {}, epoch {}): what was buffered is dropped, and it is"
            + " acquired again in {} ms if it is still assigned. If this goes on, two connectors"
            + " have the same sink.id",
        partition.id,
        isOurs ? "this task before" : "somebody else",
        holder,
        by == null ? "unknown" : by.epoch(),
        wait);
    metrics.fences.incrementAndGet();
    discard(partition);
    partition.lifecycle.become(PartitionState.FENCED);
    partition.retryAtMillis = clock.getAsLong() + wait;
    pause(partition);
  }

  void again(TaskPartition partition, Throwable cause, String what) {
    long now = clock.getAsLong();
    if (partition.lastFailureMillis != TaskPartition.UNKNOWN
        && now - partition.lastFailureMillis > QUIET_MILLIS) {
      partition.failures = 0;
      partition.failingSinceMillis = TaskPartition.UNKNOWN;
    }
    if (partition.failingSinceMillis == TaskPartition.UNKNOWN) {
      partition.failingSinceMillis = now;
    }
    partition.lastFailureMillis = now;
    long wait = backoff(++partition.failures);
    LOG.warn(
        "{} of {} failed, acquiring it again in {} ms: {}",
        what,
        partition.id,
        wait,
        cause.toString());
    LOG.debug("{} of {} failed", what, partition.id, cause);
    lose(partition, what + " failed");
    partition.retryAtMillis = now + wait;
    if (isTooLong(partition.failingSinceMillis, now)) {
      fail(
          new ConnectException(
              what
                  + " of "
                  + partition.id
                  + " ("
                  + partition.target
                  + ") fails for longer than retry.timeout.ms="
                  + patience.retryTimeoutMillis()
                  + ": repair the store, then restart the task. The last reason: "
                  + cause.getMessage(),
              cause));
    }
  }

  boolean isTooLong(long since, long now) {
    long limit = patience.retryTimeoutMillis();
    return limit != SinkSettings.Patience.FOR_EVER && now - since > limit;
  }

  long backoff(int failures) {
    long wait = patience.retryBackoffMillis() << Math.min(failures - 1, MAX_DOUBLINGS);
    return Math.min(patience.retryBackoffMaxMillis(), wait);
  }

  /** Drops what is not in the log; acquired again at once, if nobody says later. */
  void lose(TaskPartition partition, String why) {
    LOG.debug("{} is lost: {}", partition.id, why);
    metrics.losses.incrementAndGet();
    discard(partition);
    partition.lifecycle.become(PartitionState.LOST);
    partition.retryAtMillis = clock.getAsLong();
    pause(partition);
  }

  void discard(TaskPartition partition) {
    memory.bufferedBytes -= partition.bufferedBytes;
    metrics.discarded.addAndGet(partition.discard());
    partition.holder = null;
  }

  ConnectException fail(ConnectException why) {
    if (fatal == null) {
      LOG.error("the task fails: {}", why.getMessage());
      fatal = why;
    }
    return fatal;
  }

  void throwIfFatal() {
    if (fatal != null) {
      throw fatal;
    }
  }

  void pause(TaskPartition partition) {
    if (context.assignment().contains(partition.id)) {
      context.pause(partition.id);
    }
  }
}
