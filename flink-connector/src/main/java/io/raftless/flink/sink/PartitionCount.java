package io.raftless.flink.sink;

import io.raftless.log.RaftlessLog;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many partitions a writer writes to. It looks for new ones in the background, and only while
 * there are records to write: an idle sink asks nothing. Owned by the writer's thread.
 */
final class PartitionCount {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionCount.class);

  private final RaftlessLog log;
  private final int atFirst;
  private final long intervalNanos;
  private long lastLookNanos;

  /**
   * @param interval between two looks; zero for the partitions of now, for ever
   */
  PartitionCount(RaftlessLog log, Duration interval) {
    this.log = log;
    this.atFirst = log.partitions();
    this.intervalNanos = interval.toNanos();
    this.lastLookNanos = System.nanoTime();
  }

  /** As far as it is known; at least 1. */
  int current() {
    if (intervalNanos == 0) {
      return atFirst;
    }
    long now = System.nanoTime();
    if (now - lastLookNanos >= intervalNanos) {
      lastLookNanos = now;
      var unused =
          log.refreshPartitions()
              .whenComplete(
                  (partitions, trouble) -> {
                    if (trouble != null) {
                      LOG.warn("cannot look for new partitions of log {}", log.id(), trouble);
                    }
                  });
    }
    return log.partitions();
  }
}
