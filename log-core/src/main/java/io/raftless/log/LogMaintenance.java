package io.raftless.log;

import io.raftless.cas.CasCell;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.Trim;
import io.raftless.maintenance.Retention;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.Vacuum;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Trim, retention and vacuum of an open log. */
final class LogMaintenance {
  private final RaftlessLog log;
  private final LogRuntime runtime;

  LogMaintenance(RaftlessLog log, LogRuntime runtime) {
    this.log = log;
    this.runtime = runtime;
  }

  /** See {@link RaftlessLog#trim}. */
  CompletableFuture<Long> trim(int partition, long offset) {
    return onPartition(partition, target -> trim(target, offset));
  }

  /** See {@link RaftlessLog#trimToLatest}. */
  CompletableFuture<Long> trimToLatest(int partition) {
    // The end as it is now, once: later attempts must not trim what was appended in between.
    return onPartition(
        partition,
        target ->
            target
                .readHead()
                .thenCompose(head -> trim(target, head.map(Head::nextOffset).orElse(0L))));
  }

  /** See {@link RaftlessLog#trimToTime}. */
  CompletableFuture<Long> trimToTime(int partition, long timestampMillis) {
    return onPartition(
        partition,
        target ->
            new Retention(runtime)
                .firstAt(target, timestampMillis)
                .thenCompose(offset -> trim(target, offset)));
  }

  private CompletableFuture<Long> onPartition(
      int number, Function<Partition, CompletableFuture<Long>> operation) {
    return Failures.translated(
        log.partitionIfExists(number).thenCompose(operation),
        "trimming partition " + number + " of " + log.id());
  }

  private static CompletableFuture<Long> trim(Partition target, long offset) {
    return target
        .update(new Trim(offset))
        .thenApply(
            outcome -> {
              if (outcome instanceof Trim.Outcome.Trimmed trimmed) {
                return trimmed.startOffset();
              }
              if (outcome instanceof Trim.Outcome.BeyondEnd end) {
                throw new RaftlessException.OffsetBeyondEnd(
                    target
                        + " ends at offset "
                        + end.nextOffset()
                        + ": it cannot be trimmed to "
                        + offset,
                    target.number(),
                    offset,
                    end.nextOffset());
              }
              throw new RaftlessException.LogNotFound(target + " was deleted");
            });
  }

  /**
   * See {@link RaftlessLog#retain}.
   *
   * @param descriptorKey of {@code log.json}
   */
  CompletableFuture<List<RetentionOutcome>> retain(
      ObjectStore store,
      String descriptorKey,
      RetentionPolicy policy,
      IntFunction<CompletableFuture<OptionalLong>> pins) {
    Retention retention = new Retention(runtime);
    CompletableFuture<Void> observed =
        policy.mostAge() == null
            ? CompletableFuture.completedFuture(null)
            : observeClock(store, descriptorKey);
    return Failures.translated(observed, "asking the store of log " + log.id() + " the time")
        .thenCompose(unused -> log.refreshPartitions())
        .thenCompose(
            partitions -> {
              List<CompletableFuture<RetentionOutcome>> all = new ArrayList<>();
              for (int number = 0; number < partitions; number++) {
                all.add(retention.apply(log.partition(number), policy, pins));
              }
              return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                  .thenApply(unused -> all.stream().map(CompletableFuture::join).toList());
            });
  }

  /**
   * Asks the store what time it is, with a whole read: a conditional one that finds nothing new
   * does not tell. What was seen when the log was opened may be long past, and this machine's clock
   * may have jumped ahead since; retention would trim what is young.
   */
  private CompletableFuture<Void> observeClock(ObjectStore store, String descriptorKey) {
    return store
        .get(descriptorKey)
        .thenAccept(
            outcome -> {
              Instant now = outcome instanceof GetOutcome.Found found ? found.storeDate() : null;
              if (now != null) {
                runtime.labels().observe(now);
              }
            });
  }

  /** Runs a vacuum on a thread of its own, since it blocks. */
  static CompletableFuture<VacuumReport> vacuum(
      ObjectStore store,
      LogId id,
      CasCell<LogDescriptor> descriptor,
      LogRuntime runtime,
      LogOptions options,
      VacuumOptions vacuumOptions,
      Consumer<String> garbage) {
    Vacuum vacuum =
        new Vacuum(
            store, id.root(), descriptor, runtime, options.commitTimeout(), options.indexShape());
    return Failures.translated(
        CompletableFuture.supplyAsync(() -> vacuum.run(vacuumOptions, garbage), runtime.blocking()),
        "the vacuum of log " + id);
  }
}
