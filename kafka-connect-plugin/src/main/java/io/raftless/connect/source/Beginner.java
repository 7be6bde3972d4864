package io.raftless.connect.source;

import io.raftless.log.ConsumerGroup;
import io.raftless.log.GroupPosition;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ResetTo;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import io.raftless.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where partitions begin, on a thread of its own: *because* it has to open the store and
 * the logs, and a poll must not wait for a store that does not answer. Thread-safe.
 */
final class Beginner {
  private static final Logger LOG = LoggerFactory.getLogger(Beginner.class);

  /** What came of it. */
  sealed interface Outcome {
    SourcePartition partition();
  }

  /**
   * It can be read.
   *
   * @param generation of the group's cursor
   * @param offset of the first record to read
   */
  record Begun(
      SourcePartition partition, RaftlessLog log, ConsumerGroup group, long generation, long offset)
      implements Outcome {}

  /** Not now, or not ever: see the failure. */
  record Failed(SourcePartition partition, RuntimeException failure) implements Outcome {}

  /** The log is deleted, or another one. */
  record Gone(SourcePartition partition, String reason) implements Outcome {}

  /**
   * What is asked for.
   *
   * @param resume where to begin; null for where the group's cursor is
   */
  record Request(SourcePartition partition, @Nullable Long resume) {}

  private final Supplier<ObjectStore> stores;
  private final String groupName;
  private final Runnable onOutcome;
  private final ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final ExecutorService thread;

  /** Guarded by {@link #logs}, like the others. */
  private final Map<LogId, RaftlessLog> logs = new HashMap<>();

  private @Nullable CountingObjectStore store;
  private boolean isClosed;

  /**
   * @param onOutcome called on the thread when there are outcomes
   */
  Beginner(Supplier<ObjectStore> stores, String groupName, Runnable onOutcome) {
    this.stores = stores;
    this.groupName = groupName;
    this.onOutcome = onOutcome;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread made = new Thread(task, "raftless-source-beginner");
              made.setDaemon(true);
              return made;
            });
  }

  /** Begins partitions; each has one outcome, some time. */
  void begin(List<Request> requests) {
    Future<?> unused = thread.submit(() -> beginAll(requests));
  }

  /** The next outcome; null if there is none yet. */
  @Nullable Outcome next() {
    return outcomes.poll();
  }

  /** What the store was asked. */
  RequestCounts counts() {
    synchronized (logs) {
      return store == null ? RequestCounts.NONE : store.counts();
    }
  }

  private void beginAll(List<Request> requests) {
    Map<LogId, List<Request>> byLog = new HashMap<>();
    requests.forEach(
        request ->
            byLog.computeIfAbsent(request.partition().log(), id -> new ArrayList<>()).add(request));
    byLog.forEach(
        (id, ofLog) -> {
          try {
            beginIn(open(id), ofLog);
          } catch (RaftlessException.LogNotFound e) {
            ofLog.forEach(request -> gone(request, String.valueOf(e.getMessage())));
          } catch (RuntimeException e) {
            ofLog.forEach(request -> outcomes.add(new Failed(request.partition(), e)));
          } catch (Error e) {
            // Else nobody would ever hear of them.
            RuntimeException why = new IllegalStateException("cannot begin in log " + id, e);
            ofLog.forEach(request -> outcomes.add(new Failed(request.partition(), why)));
            throw e;
          } finally {
            onOutcome.run();
          }
        });
  }

  private void gone(Request request, String reason) {
    outcomes.add(new Gone(request.partition(), reason));
  }

  private RaftlessLog open(LogId id) {
    synchronized (logs) {
      RaftlessLog open = logs.get(id);
      if (open != null) {
        return open;
      }
    }
    RaftlessLog log = RaftlessLog.open(store(), id);
    synchronized (logs) {
      if (isClosed) {
        log.close();
        throw new IllegalStateException("the task is stopped");
      }
      logs.put(id, log);
    }
    return log;
  }

  private ObjectStore store() {
    synchronized (logs) {
      if (store != null) {
        return store;
      }
    }
    CountingObjectStore opened = new CountingObjectStore(stores.get());
    synchronized (logs) {
      if (isClosed) {
        opened.close();
        throw new IllegalStateException("the task is stopped");
      }
      store = opened;
    }
    return opened;
  }

  private void beginIn(RaftlessLog log, List<Request> requests) {
    ConsumerGroup group = log.group(groupName);
    List<CompletableFuture<Outcome>> all = new ArrayList<>();
    for (Request request : requests) {
      SourcePartition partition = request.partition();
      if (!log.incarnation().equals(partition.incarnation())) {
        gone(request, "its incarnation is " + log.incarnation() + " now, another log");
        continue;
      }
      all.add(
          positionIn(group, request)
              .thenApply(position -> begun(log, group, request, position))
              .exceptionally(failure -> new Failed(partition, asRuntime(failure))));
    }
    outcomes.addAll(Futures.joinAll(all));
  }

  private static Outcome begun(
      RaftlessLog log, ConsumerGroup group, Request request, GroupPosition position) {
    long offset = request.resume() != null ? request.resume() : position.offset().orElseThrow();
    return new Begun(request.partition(), log, group, position.generation(), offset);
  }

  /** Where the group is; the earliest record if it is nowhere. */
  private static CompletableFuture<GroupPosition> positionIn(ConsumerGroup group, Request request) {
    int partition = request.partition().partition();
    return group
        .position(partition)
        .thenCompose(
            position -> {
              if (position.offset().isPresent() || request.resume() != null) {
                return CompletableFuture.completedFuture(position);
              }
              LOG.warn(
                  "The connector started a cursor of {} in {}, and it is gone: somebody deleted the"
                      + " group. It is read from the earliest record, so that none is left out",
                  group,
                  request.partition());
              return group.start(partition, ResetTo.earliest());
            });
  }

  private static RuntimeException asRuntime(Throwable failure) {
    Throwable cause = Futures.unwrapped(failure);
    return cause instanceof RuntimeException known
        ? known
        : new IllegalStateException("beginning to read", cause);
  }

  /** Whether trying again may help. */
  static boolean isOfStore(RuntimeException failure) {
    return failure instanceof RaftlessException.Failed
        || failure instanceof RaftlessException.UnknownOutcome
        || failure instanceof StoreException;
  }

  /** Closes the logs and the store; what is under way fails. Does not wait for the thread. */
  void close() {
    thread.shutdownNow();
    synchronized (logs) {
      isClosed = true;
      logs.values().forEach(RaftlessLog::close);
      logs.clear();
      if (store != null) {
        store.close();
      }
    }
  }
}
