package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code log.json} says: whether there is a log, and how its heads begin. */
final class LogCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(LogCatalog.class);

  private final ObjectStore store;
  private final LogId id;
  private final LogRuntime runtime;

  LogCatalog(ObjectStore store, LogId id, LogRuntime runtime) {
    this.store = store;
    this.id = id;
    this.runtime = runtime;
  }

  /** See {@link RaftlessLog#open}. */
  RaftlessLog open(LogOptions options) {
    CasCell<LogDescriptor> cell = descriptor();
    LogDescriptor known = Failures.join(cell.read(), "opening log " + id).state();
    requireExisting(known);
    return new RaftlessLog(store, id, runtime, options, cell, known);
  }

  /** See {@link RaftlessLog#create}. */
  RaftlessLog create(int partitions, LogOptions options) {
    if (partitions < 1 || partitions > LogDescriptor.MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "partitions " + partitions + ": choose 1 to " + LogDescriptor.MAX_PARTITIONS);
    }
    Incarnation incarnation = new Incarnation(runtime.labels().next().value());
    LogDescriptor first = LogDescriptor.first(incarnation, partitions, runtime.labels().next());
    String key = LogKeys.descriptor(id.root());
    String what = "creating log " + id;
    PutOutcome outcome =
        Failures.join(
            store.putIfAbsent(key, Schemas.descriptors(runtime.labels()).encode(first)), what);
    CasCell<LogDescriptor> cell = descriptor();
    LogDescriptor there;
    try {
      there = Failures.join(cell.read(), what).state();
    } catch (RaftlessException.LogNotFound | RaftlessException.Failed e) {
      Throwable cause = outcome instanceof PutOutcome.Unknown unknown ? unknown.cause() : e;
      throw new RaftlessException.UnknownOutcome(
          what + ": the store did not say whether it was created; look again, then decide", cause);
    }
    if (!there.incarnation().equals(incarnation)) {
      throw new RaftlessException.LogExists(
          "log "
              + id
              + " exists, with "
              + there.partitions()
              + " partitions: open it, or choose"
              + " another name");
    }
    RaftlessLog log = new RaftlessLog(store, id, runtime, options, cell, there);
    // The log exists from here on, whatever follows; writers would create missing heads as well.
    try {
      Failures.join(log.onAllPartitions(partition -> partition.update(new Touch())), what);
    } catch (RuntimeException e) {
      LOG.warn("{}: not all heads are there yet, writers will create them", what, e);
    }
    return log;
  }

  /** Makes sure that a head is there, and changes nothing. */
  private record Touch() implements Transition<Head, Boolean> {
    @Override
    public Verdict<Head, Boolean> apply(Head head) {
      return new Verdict.Hold<>(true);
    }
  }

  /** The cell of {@code log.json}; nothing is read yet. */
  CasCell<LogDescriptor> descriptor() {
    return new CasCell<>(
        store,
        LogKeys.descriptor(id.root()),
        Schemas.descriptors(runtime.labels()),
        runtime,
        () ->
            CompletableFuture.failedFuture(
                new RaftlessException.LogNotFound(
                    "there is no log " + id + ": create it, or check bucket, prefix and name")));
  }

  private void requireExisting(LogDescriptor known) {
    if (known.state().status() == LogState.Status.DELETED) {
      throw new RaftlessException.LogNotFound("log " + id + " was deleted");
    }
  }

  /** A head is missing: {@code log.json}, read anew, says whether and how it should exist. */
  CompletableFuture<Head> firstHead(Incarnation incarnation, int partition) {
    return store
        .get(LogKeys.descriptor(id.root()))
        .thenApply(
            outcome -> {
              if (!(outcome instanceof GetOutcome.Found found)) {
                throw new RaftlessException.LogNotFound("there is no log " + id);
              }
              LogDescriptor log = Schemas.descriptors(runtime.labels()).decode(found.body());
              requireExisting(log);
              if (!log.incarnation().equals(incarnation)) {
                throw new RaftlessException.OtherIncarnation(
                    "log " + id + " was deleted and created again: open it anew");
              }
              if (partition >= log.partitions()) {
                throw new IllegalArgumentException(
                    "partition " + partition + ": log " + id + " has " + log.partitions());
              }
              return Head.first(log, partition);
            });
  }
}
