package io.raftless.connect.sink;

import io.raftless.log.LogId;

/**
 * Where a topic-partition is written.
 *
 * @param log which log
 * @param partition of the log
 */
public record LogTarget(LogId log, int partition) {
  public LogTarget {
    if (partition < 0) {
      throw new IllegalArgumentException("partition " + partition + " of " + log);
    }
  }

  @Override
  public String toString() {
    return "partition " + partition + " of log " + log;
  }
}
