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
    return open(settings, settings.createWithPartitions());
  }

  /**
   * Opens a sink's log, which a restored state belongs to: it is not created, whatever the sink was
   * told.
   */
  static OpenLog existing(SinkSettings<?> settings) throws IOException {
    return open(settings, 0);
  }

  private static OpenLog open(SinkSettings<?> settings, int createWithPartitions)
      throws IOException {
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
      RaftlessLog log =
          createWithPartitions > 0
              ? RaftlessLog.openOrCreate(store, settings.log(), createWithPartitions)
              : RaftlessLog.open(store, settings.log());
      return new OpenLog(store, log);
    } catch (RaftlessException.LogNotFound e) {
      store.close();
      throw new UnrecoverableException(
          "log "
              + settings.log()
              + " does not exist: create it, or let the sink do so with"
              + " setCreateLogWithPartitions(int) (which it does only without restored state)",
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
