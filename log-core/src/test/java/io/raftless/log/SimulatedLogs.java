package io.raftless.log;

import io.raftless.head.LogSettings;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;

/** Opens logs on a runtime that somebody else drives. */
public final class SimulatedLogs {
  private SimulatedLogs() {}

  /** Like {@link RaftlessLog#open(ObjectStore, LogId, LogOptions)}. */
  public static RaftlessLog open(
      ObjectStore store, LogId id, LogOptions options, LogRuntime runtime) {
    // Not by RaftlessLog: that would stop a runtime that others use as well.
    return new LogCatalog(store, id, runtime).open(options);
  }

  /** Like {@link RaftlessLog#create(ObjectStore, LogId, int, LogSettings)}. */
  public static RaftlessLog create(
      ObjectStore store,
      LogId id,
      int partitions,
      LogSettings settings,
      LogOptions options,
      LogRuntime runtime) {
    return new LogCatalog(store, id, runtime).create(partitions, settings, options);
  }
}
