package io.raftless.connect.source;

import io.raftless.head.LogState;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogSummary;
import io.raftless.log.RaftlessException;
import io.raftless.store.ObjectStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** Finds the logs that the options ask for, as they are now, by name. */
final class LogFinder implements AutoCloseable {
  private final SourceConfig config;
  private final LogAdmin admin;

  LogFinder(SourceConfig config, ObjectStore store) {
    this.config = config;
    this.admin = LogAdmin.of(store);
  }

  /**
   * Waits for the store. Logs that do not exist, or do not any more, are left out.
   *
   * @throws RaftlessException if the store cannot be read
   */
  List<FoundLog> find() {
    Pattern pattern = config.pattern();
    List<LogSummary> all = pattern == null ? named() : Futures.join(admin.list(config.prefix()));
    return all.stream()
        .filter(log -> log.state().status() != LogState.Status.DELETED)
        .filter(log -> pattern == null || pattern.matcher(log.id().name()).matches())
        .map(log -> new FoundLog(log.id(), log.incarnation(), log.partitions()))
        .toList();
  }

  private List<LogSummary> named() {
    List<CompletableFuture<Optional<LogSummary>>> looks =
        config.logs().stream().map(admin::find).toList();
    return looks.stream().map(Futures::join).flatMap(Optional::stream).toList();
  }

  @Override
  public void close() {
    admin.close();
  }
}
