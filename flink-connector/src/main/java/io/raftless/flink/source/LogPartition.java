package io.raftless.flink.source;

import io.raftless.log.LogId;
import java.io.Serializable;
import java.util.Objects;

/**
 * One partition of one log.
 *
 * @param log where it is
 * @param partition of the log, 0 or more
 */
public record LogPartition(LogId log, int partition) implements Serializable {
  public LogPartition {
    Objects.requireNonNull(log, "log");
    if (partition < 0) {
      throw new IllegalArgumentException("partition " + partition + " of " + log + ": 0 or more");
    }
  }

  @Override
  public String toString() {
    return log + "/" + partition;
  }
}
