package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cursor.Cursor;
import io.raftless.cursor.CursorSchema;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The cursors of one group in the store, and what this process knows of them. Thread-safe. */
final class GroupCursors {
  private final String group;
  private final ObjectStore store;
  private final LogKeys keys;
  private final LogRuntime runtime;
  private final LogOptions options;
  private final CurrentLog current;
  private final Map<Integer, CasCell<Cursor>> cells = new ConcurrentHashMap<>();

  GroupCursors(
      String group,
      ObjectStore store,
      LogKeys keys,
      LogRuntime runtime,
      LogOptions options,
      CurrentLog current) {
    this.group = group;
    this.store = store;
    this.keys = keys;
    this.runtime = runtime;
    this.options = options;
    this.current = current;
  }

  String group() {
    return group;
  }

  /** A name for one change, which no other change has. */
  Label newName() {
    return runtime.labels().next();
  }

  /** Reads a cursor; one that is not there is as one that has no position yet. */
  CompletableFuture<Cursor> read(int partition) {
    return explained(
        cell(partition)
            .readIfPresent()
            .thenApply(
                found -> found.map(CasCell.Snapshot::state).orElseGet(() -> first(partition))));
  }

  /** Changes a cursor; creates it if it is not there and the log is the one that is meant. */
  <R> CompletableFuture<R> update(int partition, Transition<Cursor, R> transition) {
    return explained(cell(partition).update(transition, options.commitTimeout()));
  }

  /** Fails if the log was deleted, or created again: {@code log.json} is read anew. */
  CompletableFuture<Void> requireSameLog() {
    return current.refresh().thenAccept(log -> {});
  }

  private CasCell<Cursor> cell(int partition) {
    return cells.computeIfAbsent(
        partition,
        number ->
            new CasCell<>(
                store,
                keys.cursor(group, number),
                new CursorSchema(runtime.labels(), keys.incarnation(), group, number),
                runtime,
                () -> requireSameLog().thenApply(unused -> first(number))));
  }

  private Cursor first(int partition) {
    return Cursor.first(keys.incarnation(), group, partition, newName());
  }

  /**
   * A cursor that is gone may be gone because its log is: then that is the error, also where nobody
   * knows whether a write of the old cursor landed before.
   */
  private <T> CompletableFuture<T> explained(CompletableFuture<T> future) {
    return future.exceptionallyCompose(
        trouble ->
            isRefusal(trouble)
                ? requireSameLog()
                    .handle(
                        (same, reason) -> {
                          throw new CompletionException(isOfTheLog(reason) ? reason : trouble);
                        })
                : CompletableFuture.failedFuture(trouble));
  }

  private static boolean isRefusal(Throwable trouble) {
    for (Throwable cause = trouble; cause != null; cause = cause.getCause()) {
      if (cause instanceof StoreException refusal) {
        return !refusal.isTransient();
      }
    }
    return false;
  }

  private static boolean isOfTheLog(@Nullable Throwable reason) {
    return reason != null && reason.getCause() instanceof RaftlessException;
  }
}
