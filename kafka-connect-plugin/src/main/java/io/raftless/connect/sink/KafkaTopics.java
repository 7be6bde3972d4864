package io.raftless.connect.sink;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/** Looks at Kafka beside the consumer. Thread-safe; futures complete on threads of its own. */
public interface KafkaTopics extends AutoCloseable {

  /** Whether it looks at all: {@code topic.checks} may be off, and then it knows nothing. */
  boolean isOn();

  /**
   * Looks at some partitions.
   *
   * <p>The future fails if Kafka cannot be asked. Those that Kafka does not know, or that have no
   * leader at the moment, are missing in the map: look again later.
   */
  CompletableFuture<Map<TopicPartition, BrokerView>> look(Collection<TopicPartition> partitions);

  /**
   * How many partitions topics have. Those that Kafka does not know are missing in the map. The
   * future fails if Kafka cannot be asked.
   */
  CompletableFuture<Map<String, Integer>> partitions(Collection<String> topics);

  /**
   * The partitions that a consumer group has offsets of. The future fails if Kafka cannot be asked,
   * or does not allow it.
   */
  default CompletableFuture<Set<TopicPartition>> committed(String group) {
    return CompletableFuture.completedFuture(Set.of());
  }

  /** Ends it; what is under way fails. Does not block for long. */
  @Override
  void close();

  /** Knows nothing. */
  static KafkaTopics off() {
    return new NoKafkaTopics();
  }
}
