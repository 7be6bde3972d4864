package io.raftless.flink.source;

import io.raftless.log.LogId;
import java.util.List;
import java.util.Map;

/**
 * What the enumerator knows at a checkpoint. Splits that readers hold are in the readers' state.
 * Where to start and stop was resolved when splits were made, and is part of them.
 *
 * @param isStarted whether the first discovery is done: what is discovered later is read from its
 *     start
 * @param logs partitions that were made into splits: those that are not in {@code unassigned} were
 *     handed to readers
 * @param unassigned splits that no reader holds
 */
record EnumeratorState(
    boolean isStarted, Map<LogId, KnownLog> logs, List<RaftlessSplit> unassigned) {
  EnumeratorState {
    logs = Map.copyOf(logs);
    unassigned = List.copyOf(unassigned);
    if (!isStarted && !(logs.isEmpty() && unassigned.isEmpty())) {
      throw new IllegalArgumentException(
          "no enumerator state: not started, but it knows " + logs.keySet());
    }
  }

  /** Before any log was looked at. */
  static EnumeratorState initial() {
    return new EnumeratorState(false, Map.of(), List.of());
  }
}
