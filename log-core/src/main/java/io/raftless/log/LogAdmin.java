package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.Schemas;
import io.raftless.id.Incarnation;
import io.raftless.id.Name;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What administrators do with logs that they have not opened: list them, look at them, delete them.
 * Thread-safe.
 *
 * <p>Closing it does not close the store.
 */
public final class LogAdmin implements AutoCloseable {
  private final ObjectStore store;
  private final LogOptions options;
  private final LogRuntime runtime;

  private LogAdmin(ObjectStore store, LogOptions options, LogRuntime runtime) {
    this.store = store;
    this.options = options;
    this.runtime = runtime;
  }

  /** For the logs of a store. */
  public static LogAdmin of(ObjectStore store) {
    return of(store, LogOptions.defaults());
  }

  /** For the logs of a store. */
  public static LogAdmin of(ObjectStore store, LogOptions options) {
    return new LogAdmin(store, options, LogRuntime.start());
  }

  /**
   * Lists the logs directly below a key prefix, by name, with one GET for each folder there. Logs
   * that were deleted are listed as such: their {@code log.json} stays.
   *
   * <p>The future fails with {@link RaftlessException.Failed} if the store cannot be read, and with
   * {@link RaftlessException.Corrupted} if a {@code log.json} cannot be understood.
   *
   * @param prefix without leading or trailing slash; "" for the root of the bucket
   */
  public CompletableFuture<List<LogSummary>> list(String prefix) {
    String below = prefix.isEmpty() ? "" : prefix + "/";
    return Failures.translated(
        folders(below, null, new ArrayList<>())
            .thenCompose(
                folders -> {
                  List<CompletableFuture<Optional<LogSummary>>> logs =
                      folders.stream()
                          .map(folder -> folder.substring(below.length(), folder.length() - 1))
                          .filter(Name::isName)
                          .map(name -> summary(LogId.of(prefix, name)))
                          .toList();
                  return CompletableFuture.allOf(logs.toArray(CompletableFuture<?>[]::new))
                      .thenApply(
                          unused ->
                              logs.stream()
                                  .flatMap(log -> log.join().stream())
                                  .sorted(Comparator.comparing(log -> log.id().name()))
                                  .toList());
                }),
        "listing the logs below '" + prefix + "'");
  }

  /**
   * Looks for one log: one GET. Empty if there never was one of that name; one that was deleted is
   * found as such.
   *
   * <p>The future fails with {@link RaftlessException.Failed} if the store cannot be read, and with
   * {@link RaftlessException.Corrupted} if its {@code log.json} cannot be understood.
   */
  public CompletableFuture<Optional<LogSummary>> find(LogId id) {
    return Failures.translated(summary(id), "looking for log " + id);
  }

  private CompletableFuture<List<String>> folders(
      String below, @Nullable String continuation, List<String> found) {
    return store
        .listFolders(below, continuation)
        .thenCompose(
            (FolderPage page) -> {
              found.addAll(page.folders());
              return page.continuation() == null
                  ? CompletableFuture.completedFuture(found)
                  : folders(below, page.continuation(), found);
            });
  }

  private CompletableFuture<Optional<LogSummary>> summary(LogId id) {
    return store
        .get(LogKeys.descriptor(id.root()))
        .thenApply(
            outcome -> {
              if (!(outcome instanceof GetOutcome.Found found)) {
                return Optional.empty();
              }
              LogDescriptor log = Schemas.descriptors(runtime.labels()).decode(found.body());
              return Optional.of(
                  new LogSummary(id, log.incarnation(), log.state(), log.partitions()));
            });
  }

  /**
   * Reads everything that is to be known of a log, deleted or not.
   *
   * <p>The future fails with {@link RaftlessException.LogNotFound} if there never was one, with
   * {@link RaftlessException.Failed} if the store cannot be read, and with {@link
   * RaftlessException.Corrupted} if what is there cannot be understood.
   */
  public CompletableFuture<LogDescription> describe(LogId id) {
    return Failures.translated(
        descriptor(id)
            .read()
            .thenCompose(
                snapshot ->
                    new LogDescriber(store, id, runtime.labels()).describe(snapshot.state())),
        "describing log " + id);
  }

  /**
   * Deletes one incarnation of a log, see {@link RaftlessLog#delete}; completes a deletion that
   * stopped half-way.
   *
   * <p>The future fails like that of {@link RaftlessLog#delete}, and with {@link
   * RaftlessException.LogNotFound} if there never was a log of that name.
   *
   * @param incarnation the one that is meant, from {@link #describe} or {@link #list}
   * @param reason for people; at most 500 characters are kept
   */
  public CompletableFuture<Void> delete(LogId id, Incarnation incarnation, String reason) {
    return new LogDeletion(store, id, runtime, options.commitTimeout())
        .delete(descriptor(id), incarnation, reason);
  }

  private CasCell<LogDescriptor> descriptor(LogId id) {
    return new LogCatalog(store, id, runtime).descriptor();
  }

  /** Ends its threads; what is under way fails. */
  @Override
  public void close() {
    runtime.stop();
  }
}
