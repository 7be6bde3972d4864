package io.raftless.flink.sink;

import io.raftless.maintenance.CompactionReport;
import java.io.IOException;

/** Compacts partitions of one log. Used by one thread. */
interface PartitionCompactor extends AutoCloseable {

  /** Where the worker gets it from, when there is something to do for the first time. */
  @FunctionalInterface
  interface Opener {
    PartitionCompactor open() throws IOException;
  }

  /**
   * Compacts a partition, if that is due.
   *
   * @throws IOException if it failed; it may be tried again
   * @throws InterruptedException if interrupted, which does no harm to the log
   */
  CompactionReport compact(int partition) throws IOException, InterruptedException;

  @Override
  void close();
}
