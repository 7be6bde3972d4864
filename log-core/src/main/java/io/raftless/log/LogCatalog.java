package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.head.RecreateLog;
import io.raftless.head.Schemas;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
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
    CurrentLog.requireExisting(id, known);
    return new RaftlessLog(store, id, runtime, options, cell, known);
  }

  /** See {@link RaftlessLog#create}. */
  RaftlessLog create(int partitions, LogSettings settings, LogOptions options) {
    if (partitions < 1 || partitions > LogDescriptor.MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "partitions " + partitions + ": choose 1 to " + LogDescriptor.MAX_PARTITIONS);
    }
    Incarnation incarnation = new Incarnation(runtime.labels().next().value());
    LogDescriptor first =
        LogDescriptor.first(incarnation, partitions, settings, runtime.labels().next());
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
    if (there.state().status() == LogState.Status.DELETED
        && !there.incarnation().equals(incarnation)) {
      there = recreate(cell, there, first, options);
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
    CurrentLog.requireExisting(id, there);
    RaftlessLog log = new RaftlessLog(store, id, runtime, options, cell, there);
    // The log exists from here on, whatever follows; writers would create missing heads as well.
    try {
      Failures.join(
          log.onPartitions(0, partitions, partition -> partition.update(new Touch())), what);
    } catch (RuntimeException e) {
      LOG.warn("{}: not all heads are there yet, writers will create them", what, e);
    }
    return log;
  }

  /**
   * Puts a new log in the place of a deleted one. The old heads first: *because* who deleted it may
   * have crashed half-way, and only the old {@code log.json} says how many there are.
   */
  private LogDescriptor recreate(
      CasCell<LogDescriptor> cell, LogDescriptor deleted, LogDescriptor first, LogOptions options) {
    LogDeletion deletion = new LogDeletion(store, id, runtime, options.commitTimeout());
    return Failures.join(
        deletion
            .deleteHeads(deleted)
            .thenCompose(
                unused ->
                    cell.update(
                        new RecreateLog(deleted.incarnation(), first), options.commitTimeout()))
            .thenCompose(unused -> cell.read())
            .thenApply(CasCell.Snapshot::state),
        "creating log " + id + " again");
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
}
