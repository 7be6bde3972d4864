package io.raftless.connect.sink;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The states of a topic-partition in a task. It begins in ACQUIRING when Connect opens it.
 *
 * <pre>
 *   from        to          when
 *   ACQUIRING   OPEN        it is acquired, its position is stored, the consumer is told to rewind
 *   ACQUIRING   FENCED      somebody acquired it after us, before we were done
 *   ACQUIRING   LOST        the store or Kafka failed, or did not answer
 *   OPEN        PAUSED      the memory of the task is full
 *   PAUSED      OPEN        half of it is free again
 *   OPEN        FENCED      an append found that somebody else acquired it
 *   PAUSED      FENCED      the same
 *   OPEN        LOST        an upload or append failed, or nobody knows; or the topic is not what
 *                           it was
 *   PAUSED      LOST        the same
 *   FENCED      ACQUIRING   fenced.retry.ms is over, and it is still assigned
 *   LOST        ACQUIRING   the back-off is over
 *   any         CLOSED      Connect closes it; the end
 * </pre>
 *
 * In FENCED, LOST and CLOSED there are no records: they were dropped on the way in. Used by the
 * task's thread only.
 */
final class PartitionLifecycle {
  private static final Map<PartitionState, Set<PartitionState>> ALLOWED =
      new EnumMap<>(PartitionState.class);

  static {
    ALLOWED.put(
        PartitionState.ACQUIRING,
        EnumSet.of(
            PartitionState.OPEN,
            PartitionState.FENCED,
            PartitionState.LOST,
            PartitionState.CLOSED));
    ALLOWED.put(
        PartitionState.OPEN,
        EnumSet.of(
            PartitionState.PAUSED,
            PartitionState.FENCED,
            PartitionState.LOST,
            PartitionState.CLOSED));
    ALLOWED.put(
        PartitionState.PAUSED,
        EnumSet.of(
            PartitionState.OPEN,
            PartitionState.FENCED,
            PartitionState.LOST,
            PartitionState.CLOSED));
    ALLOWED.put(PartitionState.FENCED, EnumSet.of(PartitionState.ACQUIRING, PartitionState.CLOSED));
    ALLOWED.put(PartitionState.LOST, EnumSet.of(PartitionState.ACQUIRING, PartitionState.CLOSED));
    ALLOWED.put(PartitionState.CLOSED, EnumSet.noneOf(PartitionState.class));
  }

  private final TopicPartition partition;
  private final SinkMetrics metrics;
  private PartitionState state = PartitionState.ACQUIRING;

  PartitionLifecycle(TopicPartition partition, SinkMetrics metrics) {
    this.partition = partition;
    this.metrics = metrics;
    metrics.entered(state);
  }

  PartitionState state() {
    return state;
  }

  /**
   * Goes to another state.
   *
   * @throws IllegalStateException if the table does not have it
   */
  void become(PartitionState next) {
    if (!ALLOWED.getOrDefault(state, Set.of()).contains(next)) {
      throw new IllegalStateException(partition + " cannot become " + next + ", it is " + state);
    }
    metrics.left(state);
    state = next;
    if (next != PartitionState.CLOSED) {
      metrics.entered(next);
    }
  }
}
