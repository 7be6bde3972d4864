package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.apache.flink.metrics.MetricGroup;

/** Compacts by the settings of the log, which it reads again from time to time. */
final class LogPartitionCompactor implements PartitionCompactor {
  private static final long SETTINGS_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

  private final OpenLog log;

  /** The log was opened with settings that were current then. */
  private long settingsReadNanos = System.nanoTime();

  private LogPartitionCompactor(OpenLog log) {
    this.log = log;
  }

  static LogPartitionCompactor open(StoreFactory store, LogId id, MetricGroup operator)
      throws IOException {
    OpenLog log = OpenLog.of(store, id, 0);
    log.registerMetrics(operator);
    return new LogPartitionCompactor(log);
  }

  @Override
  public CompactionReport compact(int partition) throws IOException, InterruptedException {
    if (System.nanoTime() - settingsReadNanos >= SETTINGS_INTERVAL_NANOS) {
      readSettings();
    }
    return log.log().compact(partition, CompactionOptions.of(log.log().settings().compaction()));
  }

  private void readSettings() throws IOException, InterruptedException {
    try {
      var unused = log.log().refreshSettings().get();
      settingsReadNanos = System.nanoTime();
    } catch (ExecutionException e) {
      throw new IOException("the settings of log " + log.log().id() + " cannot be read", e);
    }
  }

  @Override
  public void close() {
    log.close();
  }
}
