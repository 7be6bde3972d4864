package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.metrics.MeasuredStore;
import io.raftless.flink.metrics.StoreMetrics;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/** A log, and the store it was opened on, as one thing to close. */
final class OpenLog implements AutoCloseable {
  private final MeasuredStore store;
  private final RaftlessLog log;

  private OpenLog(MeasuredStore store, RaftlessLog log) {
    this.store = store;
    this.log = log;
  }

  /** Opens a sink's log, and creates it first if it is missing and the sink was told to. */
  static OpenLog of(SinkSettings<?> settings) throws IOException {
    return of(settings.store(), settings.log(), settings.createWithPartitions());
  }

  /**
   * Opens a sink's log, which a restored state belongs to: it is not created, whatever the sink was
   * told.
   */
  static OpenLog existing(SinkSettings<?> settings) throws IOException {
    return of(settings.store(), settings.log(), 0);
  }

  /**
   * Opens a log.
   *
   * @param createWithPartitions if it is missing; 0 to create nothing
   */
  static OpenLog of(StoreFactory factory, LogId id, int createWithPartitions) throws IOException {
    MeasuredStore store;
    try {
      store = MeasuredStore.around(factory.open());
    } catch (StoreException e) {
      if (e.isUnsafe()) {
        throw new UnrecoverableException("log " + id + ": " + e.getMessage(), e);
      }
      throw new IOException("the object store of log " + id + " cannot be opened", e);
    }
    try {
      RaftlessLog log =
          createWithPartitions > 0
              ? RaftlessLog.openOrCreate(store, id, createWithPartitions)
              : RaftlessLog.open(store, id);
      return new OpenLog(store, log);
    } catch (RaftlessException.LogNotFound e) {
      store.close();
      throw new UnrecoverableException(
          "log "
              + id
              + " does not exist: create it, or let the sink do so with"
              + " setCreateLogWithPartitions(int) (which it does only without restored state)",
          e);
    } catch (RuntimeException e) {
      store.close();
      throw new IOException("log " + id + " cannot be opened", e);
    }
  }

  RaftlessLog log() {
    return log;
  }

  /** Shows what the store was asked and what the log met, in a group of an operator. */
  void registerMetrics(MetricGroup operator) {
    StoreMetrics.register(operator, store);
    StoreMetrics.register(operator, log::statistics);
  }

  /** The same, and what Flink's own pages show of sinks. */
  void registerMetricsOfWriter(SinkWriterMetricGroup writer) {
    registerMetrics(writer);
    writer.setCurrentSendTimeGauge(store::lastUploadMillis);
  }

  @Override
  public void close() {
    log.close();
    store.close();
  }
}
