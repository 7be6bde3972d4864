package io.raftless.flink.sink;

import io.raftless.flink.UnrecoverableException;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import java.io.IOException;

/** A log, and the store it was opened on, as one thing to close. */
final class OpenLog implements AutoCloseable {
  private final ObjectStore store;
  private final RaftlessLog log;

  private OpenLog(ObjectStore store, RaftlessLog log) {
    this.store = store;
    this.log = log;
  }

  /** Opens a sink's log, and creates it first if it is missing and the sink was told to. */
  static OpenLog of(SinkSettings<?> settings) throws IOException {
    ObjectStore store;
    try {
      store = settings.store().open();
    } catch (StoreException e) {
      if (e.isUnsafe()) {
        throw new UnrecoverableException("log " + settings.log() + ": " + e.getMessage(), e);
      }
      throw new IOException("the object store of log " + settings.log() + " cannot be opened", e);
    }
    try {
      int partitions = settings.createWithPartitions();
      RaftlessLog log =
          partitions > 0
              ? RaftlessLog.openOrCreate(store, settings.log(), partitions)
              : RaftlessLog.open(store, settings.log());
      return new OpenLog(store, log);
    } catch (RaftlessException.LogNotFound e) {
      store.close();
      throw new UnrecoverableException(
          "log "
              + settings.log()
              + " does not exist: create it, or let the sink do so with"
              + " setCreateLogWithPartitions(int)",
          e);
    } catch (RuntimeException e) {
      store.close();
      throw new IOException("log " + settings.log() + " cannot be opened", e);
    }
  }

  RaftlessLog log() {
    return log;
  }

  @Override
  public void close() {
    log.close();
    store.close();
  }
}
