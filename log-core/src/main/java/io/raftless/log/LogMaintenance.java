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
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;

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
    Partition target = log.partition(partition);
    return Failures.translated(trim(target, offset), "trimming " + target);
  }

  /** See {@link RaftlessLog#trimToLatest}. */
  CompletableFuture<Long> trimToLatest(int partition) {
    Partition target = log.partition(partition);
    // The end as it is now, once: later attempts must not trim what was appended in between.
    return Failures.translated(
        target.readHead().thenCompose(head -> trim(target, head.map(Head::nextOffset).orElse(0L))),
        "trimming " + target);
  }

  /** See {@link RaftlessLog#trimToTime}. */
  CompletableFuture<Long> trimToTime(int partition, long timestampMillis) {
    Partition target = log.partition(partition);
    return Failures.translated(
        new Retention(runtime)
            .firstAt(target, timestampMillis)
            .thenCompose(offset -> trim(target, offset)),
        "trimming " + target);
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

  /** See {@link RaftlessLog#retain}. */
  CompletableFuture<List<RetentionOutcome>> retain(
      RetentionPolicy policy, IntFunction<CompletableFuture<OptionalLong>> pins) {
    Retention retention = new Retention(runtime);
    return log.refreshPartitions()
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
        onAThread(() -> vacuum.run(vacuumOptions, garbage)), "the vacuum of log " + id);
  }

  private static <T> CompletableFuture<T> onAThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(
        work,
        task -> {
          Thread thread = new Thread(task, "raftless-vacuum");
          thread.setDaemon(true);
          thread.start();
        });
  }
}
