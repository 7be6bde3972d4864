package io.raftless.log;

import io.raftless.head.LogKeys;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.Compactor;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compaction of an open log's partitions. */
final class LogCompaction {
  private static final Logger LOG = LoggerFactory.getLogger(LogCompaction.class);

  private final RaftlessLog log;
  private final ObjectStore store;
  private final LogKeys keys;
  private final LogRuntime runtime;
  private final LogOptions options;

  LogCompaction(
      RaftlessLog log, ObjectStore store, LogKeys keys, LogRuntime runtime, LogOptions options) {
    this.log = log;
    this.store = store;
    this.keys = keys;
    this.runtime = runtime;
    this.options = options;
  }

  /** See {@link RaftlessLog#compact}. */
  CompactionReport compact(int partition, CompactionOptions compaction)
      throws InterruptedException {
    Compactor compactor =
        new Compactor(
            store,
            keys,
            log.partition(partition),
            runtime,
            options.indexShape(),
            options.commitTimeout());
    try {
      return compactor.compact(compaction);
    } catch (RuntimeException e) {
      throw Failures.translate(e, "compacting partition " + partition + " of " + log.id());
    }
  }

  /** What the settings of the log say now. */
  CompactionOptions settings() {
    return CompactionOptions.of(
        Failures.join(log.refreshSettings(), "reading the settings of " + log.id()).compaction());
  }

  /** See {@link RaftlessLog#compactAll}. */
  CompactedPartitions compactAll(CompactionOptions compaction) throws InterruptedException {
    Map<Integer, CompactionReport> reports = new HashMap<>();
    Map<Integer, RuntimeException> failures = new HashMap<>();
    int partitions =
        Failures.join(log.refreshPartitions(), "reading the partitions of " + log.id());
    for (int partition = 0; partition < partitions; partition++) {
      try {
        reports.put(partition, compact(partition, compaction));
      } catch (RuntimeException e) {
        LOG.warn("partition {} of {} was not compacted", partition, log.id(), e);
        failures.put(partition, e);
      }
    }
    return new CompactedPartitions(reports, failures);
  }
}
