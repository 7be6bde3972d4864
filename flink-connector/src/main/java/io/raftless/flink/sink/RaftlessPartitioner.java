package io.raftless.flink.sink;

import io.raftless.format.LogRecord;
import java.io.Serializable;

/**
 * Chooses the partition of a record.
 *
 * <p>It travels in the job graph; each writer subtask uses a copy of its own, from one thread.
 *
 * @param <T> type of the elements
 */
@FunctionalInterface
public interface RaftlessPartitioner<T> extends Serializable {

  /**
   * Called once, before the first record.
   *
   * @param subtask which writer, 0 to {@code parallelism} - 1
   * @param parallelism how many writers there are
   */
  default void open(int subtask, int parallelism) {}

  /**
   * Chooses a partition.
   *
   * @param element what the stream carried
   * @param record what the serializer made of it
   * @param partitions how many partitions the log has, at least 1
   * @return 0 to {@code partitions} - 1; anything else fails the job
   */
  int partition(T element, LogRecord record, int partitions);

  /**
   * Whether this element would be given the same partition again: by any copy of the partitioner,
   * in any writer, in any order of the elements, as long as the log does not grow. If all are, a
   * job without checkpoints that fails while it commits need not be stopped: see {@link
   * RaftlessSink}. Called after {@link #partition}, with the same arguments.
   *
   * @return false by default, which is always safe
   */
  default boolean isRepeatable(T element, LogRecord record) {
    return false;
  }

  /**
   * Records of the same key bytes go to the same partition, as long as the log does not grow: XXH64
   * of the key, modulo the number of partitions. Records without a key go round.
   */
  static <T> RaftlessPartitioner<T> byKey() {
    return new KeyHashPartitioner<>();
  }

  /**
   * One partition after the other, whatever the key; each writer begins at its own number. Records
   * of one key have no order then.
   */
  static <T> RaftlessPartitioner<T> roundRobin() {
    return new RoundRobinPartitioner<>();
  }

  /**
   * Each writer writes one partition: its number modulo the number of partitions. All records of a
   * writer keep their order, and each upload holds data of one partition. With fewer writers than
   * partitions some partitions get nothing; a change of parallelism moves keys.
   */
  static <T> RaftlessPartitioner<T> fixed() {
    return new FixedPartitioner<>();
  }
}
