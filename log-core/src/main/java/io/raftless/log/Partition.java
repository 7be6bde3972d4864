package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.cas.Transition;
import io.raftless.cas.UpdateCounts;
import io.raftless.head.Append;
import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import io.raftless.head.Head;
import io.raftless.head.IndexReader;
import io.raftless.head.LogKeys;
import io.raftless.head.Schemas;
import io.raftless.maintenance.PartitionHead;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** One partition of an open log: its head as last seen, and its index. Thread-safe. */
final class Partition implements PartitionHead {
  private final int number;
  private final LogKeys keys;
  private final LogRuntime runtime;
  private final LogOptions options;
  private final CasCell<Head> cell;
  private final IndexReader index;
  private final PartitionCommitter committer;

  /**
   * Makes a handle; nothing is read yet.
   *
   * @param index shared by all partitions of the log
   * @param counts the same of all partitions
   * @param firstHead re-reads {@code log.json} and says what the head of a partition starts with
   */
  Partition(
      int number,
      ObjectStore store,
      LogKeys keys,
      LogRuntime runtime,
      LogOptions options,
      IndexReader index,
      UpdateCounts counts,
      IntFunction<CompletableFuture<Head>> firstHead) {
    this.number = number;
    this.keys = keys;
    this.runtime = runtime;
    this.options = options;
    this.cell =
        new CasCell<>(
            store,
            keys.head(number),
            Schemas.heads(runtime.labels()),
            runtime,
            () -> firstHead.apply(number),
            counts);
    this.index = index;
    this.committer = new PartitionCommitter(this, runtime);
  }

  @Override
  public int number() {
    return number;
  }

  CasCell<Head> cell() {
    return cell;
  }

  @Override
  public CompletableFuture<Optional<Head>> readHead() {
    return cell.readIfPresent().thenApply(found -> found.map(CasCell.Snapshot::state));
  }

  @Override
  public IndexReader index() {
    return index;
  }

  PartitionCommitter committer() {
    return committer;
  }

  @Override
  public String toString() {
    return "partition " + number + " of " + keys.root();
  }

  @Override
  public <R> CompletableFuture<R> update(Transition<Head, R> transition) {
    return cell.update(transition, options.commitTimeout());
  }

  /** Decides a group of requests with one conditional write. */
  CompletableFuture<List<AppendOutcome>> append(List<AppendRequest> requests) {
    return update(new Append(keys, runtime.labels(), options.indexShape(), index, requests));
  }
}
