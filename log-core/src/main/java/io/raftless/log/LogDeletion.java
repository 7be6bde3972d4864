package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.head.DeleteLog;
import io.raftless.head.Head;
import io.raftless.head.LogChange;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.head.TakeState;
import io.raftless.id.Incarnation;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Deletes a log: {@code log.json} becomes DELETED first, then every head that it names; one that is
 * missing is created so. *Because* whoever still knows the log from before finds a terminal state
 * wherever it writes, and nothing that it could create anew.
 *
 * <p>Whoever calls it again, or creates the log again, completes a deletion that stopped half-way.
 */
final class LogDeletion {
  private final ObjectStore store;
  private final LogId id;
  private final LogRuntime runtime;
  private final Duration timeout;

  LogDeletion(ObjectStore store, LogId id, LogRuntime runtime, Duration timeout) {
    this.store = store;
    this.id = id;
    this.runtime = runtime;
    this.timeout = timeout;
  }

  /** See {@link RaftlessLog#delete}. */
  CompletableFuture<Void> delete(
      CasCell<LogDescriptor> descriptor, Incarnation incarnation, String reason) {
    return Failures.translated(
        descriptor
            .read()
            .thenCompose(unused -> descriptor.update(new DeleteLog(incarnation, reason), timeout))
            .thenCompose(
                change -> {
                  if (change instanceof LogChange.Done done) {
                    return deleteHeads(done.log());
                  }
                  throw new RaftlessException.OtherIncarnation(
                      "log "
                          + id
                          + " is not the one that was to be deleted: incarnation "
                          + incarnation
                          + " was deleted and created again. Look at the new one, then decide");
                }),
        "deleting log " + id);
  }

  /** Makes every head of a log that {@code log.json} says is deleted terminal. */
  CompletableFuture<Void> deleteHeads(LogDescriptor deleted) {
    LogKeys keys = new LogKeys(id.root(), deleted.incarnation());
    List<CompletableFuture<LogState>> heads = new ArrayList<>();
    for (int number = 0; number < deleted.partitions(); number++) {
      int partition = number;
      CasCell<Head> head =
          new CasCell<>(
              store,
              keys.head(partition),
              Schemas.heads(runtime.labels()),
              runtime,
              () -> CompletableFuture.completedFuture(Head.first(deleted, partition)));
      heads.add(head.update(new TakeState(deleted.state()), timeout));
    }
    return CompletableFuture.allOf(heads.toArray(CompletableFuture<?>[]::new));
  }
}
