package io.raftless.maintenance;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.Schemas;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The heads that one version of {@code log.json} names: those of partitions that were added a
 * moment ago, too, and those of a deleted log. A missing one is created as {@code log.json} says,
 * read anew.
 *
 * <p>Thread-safe.
 */
final class LogHeads {
  private final ObjectStore store;
  private final LogRuntime runtime;
  private final Duration timeout;
  private final CasCell<LogDescriptor> descriptor;
  private final LogDescriptor log;
  private final LogKeys keys;

  /**
   * Names the heads.
   *
   * @param timeout of one change of a head
   * @param descriptor to re-read {@code log.json} from
   * @param log the version that names them
   */
  LogHeads(
      ObjectStore store,
      String root,
      LogRuntime runtime,
      Duration timeout,
      CasCell<LogDescriptor> descriptor,
      LogDescriptor log) {
    this.store = store;
    this.runtime = runtime;
    this.timeout = timeout;
    this.descriptor = descriptor;
    this.log = log;
    this.keys = new LogKeys(root, log.incarnation());
  }

  LogKeys keys() {
    return keys;
  }

  List<Integer> partitions() {
    return IntStream.range(0, log.partitions()).boxed().toList();
  }

  <R> CompletableFuture<R> update(int partition, Transition<Head, R> transition) {
    return cell(partition).update(transition, timeout);
  }

  CompletableFuture<Optional<Head>> read(int partition) {
    return cell(partition).readIfPresent().thenApply(found -> found.map(CasCell.Snapshot::state));
  }

  /** Nothing is remembered between two calls: of ten thousand heads that would be much. */
  private CasCell<Head> cell(int partition) {
    return new CasCell<>(
        store,
        keys.head(partition),
        Schemas.heads(runtime.labels()),
        runtime,
        () -> descriptor.read().thenApply(now -> first(now.state(), partition)));
  }

  private Head first(LogDescriptor now, int partition) {
    boolean isSame = now.incarnation().equals(log.incarnation());
    boolean wasDeleted = now.state().status() == LogState.Status.DELETED;
    if (!isSame || wasDeleted != (log.state().status() == LogState.Status.DELETED)) {
      throw new IllegalStateException(
          keys.root() + " was deleted, or created again, while it was worked on: start again");
    }
    return Head.first(now, partition);
  }
}
