package io.raftless.connect.sink;

import io.raftless.head.LogSettings;
import io.raftless.log.LogId;
import io.raftless.log.LogStatistics;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs of a task: each is opened once, created or grown as the mapping says, and closed at the
 * end, with the store. Called by the task's thread; what blocks is done on threads of its own.
 */
final class OpenLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenLogs.class);
  private static final int THREADS = 4;

  private record Prepared(int highest, CompletableFuture<RaftlessLog> future) {}

  private final StoreFactory stores;
  private final TopicMapping mapping;
  private final KafkaTopics topics;
  private final ExecutorService threads;

  /** Owned by the task's thread. */
  private final Map<LogId, Prepared> prepared = new HashMap<>();

  private final Map<LogId, RaftlessLog> logs = new ConcurrentHashMap<>();

  /** Guarded by this. */
  private @Nullable ObjectStore store;

  /** Guarded by this. */
  private boolean isClosed;

  OpenLogs(StoreFactory stores, TopicMapping mapping, KafkaTopics topics) {
    this.stores = stores;
    this.mapping = mapping;
    this.topics = topics;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "raftless-sink-open");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * The log, open, with a partition of this number.
   *
   * @param topic whose partitions a new log gets
   */
  CompletableFuture<RaftlessLog> log(LogId id, int highest, String topic) {
    Prepared before = prepared.get(id);
    if (before != null && !before.future().isCompletedExceptionally()) {
      if (highest <= before.highest()) {
        return before.future();
      }
    }
    CompletableFuture<?> after =
        before == null ? CompletableFuture.completedFuture(null) : before.future();
    CompletableFuture<Map<String, Integer>> counting = topics.partitions(Set.of(topic));
    // Whether it worked is of interest to a log that is created or grown only.
    CompletableFuture<RaftlessLog> future =
        CompletableFuture.allOf(after.handle((done, trouble) -> true), counting)
            .handle((done, trouble) -> true)
            .thenApplyAsync(over -> prepare(id, highest, () -> count(counting, topic)), threads);
    prepared.put(id, new Prepared(highest, future));
    return future;
  }

  /** It is done; throws if Kafka could not be asked. */
  private static OptionalInt count(CompletableFuture<Map<String, Integer>> counting, String topic) {
    Integer count = joined(counting).get(topic);
    return count == null ? OptionalInt.empty() : OptionalInt.of(count);
  }

  private RaftlessLog prepare(LogId id, int highest, Supplier<OptionalInt> inKafka) {
    RaftlessLog log = logs.get(id);
    if (log == null) {
      log = openOrCreate(store(), id, highest, inKafka);
      keep(id, log);
    }
    if (highest < log.partitions() || highest < joined(log.refreshPartitions())) {
      return log;
    }
    if (!mapping.mayGrow()) {
      throw new ConnectException(
          "log "
              + id
              + " has "
              + log.partitions()
              + " partitions, and partition "
              + highest
              + " is needed: set log.grow=true with log.partition.mapping=same, or add partitions to"
              + " the log (RaftlessLog.addPartitions)");
    }
    int total = Math.max(highest + 1, inKafka.get().orElse(0));
    try {
      LOG.info("log {} grows to {} partitions", id, joined(log.addPartitions(total)));
    } catch (RaftlessException.Refused more) {
      // Somebody else added more than that at the same time.
      if (joined(log.refreshPartitions()) <= highest) {
        throw more;
      }
    }
    return log;
  }

  private RaftlessLog openOrCreate(
      ObjectStore in, LogId id, int highest, Supplier<OptionalInt> inKafka) {
    try {
      return RaftlessLog.open(in, id);
    } catch (RaftlessException.LogNotFound absent) {
      if (!mapping.creates()) {
        throw absent;
      }
      int partitions = mapping.partitionsOfNewLog(highest, inKafka.get());
      try {
        RaftlessLog created = RaftlessLog.create(in, id, partitions, LogSettings.DEFAULTS);
        LOG.info("created log {} with {} partitions", id, partitions);
        return created;
      } catch (RaftlessException.LogExists raced) {
        return RaftlessLog.open(in, id);
      }
    }
  }

  private synchronized ObjectStore store() {
    if (isClosed) {
      throw new IllegalStateException("the task is stopped");
    }
    if (store == null) {
      store = stores.open();
    }
    return store;
  }

  private synchronized void keep(LogId id, RaftlessLog log) {
    if (isClosed) {
      log.close();
      throw new IllegalStateException("the task is stopped");
    }
    logs.put(id, log);
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** What all of them met. Any thread. */
  LogStatistics statistics() {
    LogStatistics sum = new LogStatistics(0, 0, 0, 0);
    for (RaftlessLog log : logs.values()) {
      LogStatistics more = log.statistics();
      sum =
          new LogStatistics(
              sum.casConflicts() + more.casConflicts(),
              sum.unknownsResolved() + more.unknownsResolved(),
              sum.unknownsLeft() + more.unknownsLeft(),
              sum.uploadsInFlight() + more.uploadsInFlight());
    }
    return sum;
  }

  @Override
  public void close() {
    ObjectStore opened;
    synchronized (this) {
      isClosed = true;
      opened = store;
      store = null;
    }
    threads.shutdownNow();
    logs.values().forEach(RaftlessLog::close);
    if (opened != null) {
      opened.close();
    }
  }
}
