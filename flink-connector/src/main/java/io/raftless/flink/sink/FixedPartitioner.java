package io.raftless.flink.sink;

import io.raftless.format.LogRecord;

/** Each writer has one partition. */
final class FixedPartitioner<T> implements RaftlessPartitioner<T> {
  private static final long serialVersionUID = 1L;

  private int subtask;

  @Override
  public void open(int subtask, int parallelism) {
    this.subtask = subtask;
  }

  @Override
  public int partition(T element, LogRecord record, int partitions) {
    return subtask % partitions;
  }
}
