package io.raftless.flink.sink;

import io.raftless.format.LogRecord;

/** One partition after the other; each writer begins elsewhere, so that few records spread too. */
final class RoundRobinPartitioner<T> implements RaftlessPartitioner<T> {
  private static final long serialVersionUID = 1L;

  /** Owned by the writer's thread. */
  private int next;

  @Override
  public void open(int subtask, int parallelism) {
    next = subtask;
  }

  @Override
  public int partition(T element, LogRecord record, int partitions) {
    int partition = next % partitions;
    next = partition + 1;
    return partition;
  }
}
