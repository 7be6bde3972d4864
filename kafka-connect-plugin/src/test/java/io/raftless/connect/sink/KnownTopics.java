package io.raftless.connect.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/** A Kafka that says what it was told to. */
final class KnownTopics implements KafkaTopics {
  private final Map<TopicPartition, BrokerView> views = new HashMap<>();

  KnownTopics with(String topic, int partition, BrokerView view) {
    views.put(new TopicPartition(topic, partition), view);
    return this;
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public CompletableFuture<Map<TopicPartition, BrokerView>> look(
      Collection<TopicPartition> partitions) {
    Map<TopicPartition, BrokerView> seen = new HashMap<>(views);
    seen.keySet().retainAll(partitions);
    return CompletableFuture.completedFuture(seen);
  }

  @Override
  public CompletableFuture<Map<String, Integer>> partitions(Collection<String> topics) {
    Map<String, Integer> counts = new HashMap<>();
    for (TopicPartition partition : views.keySet()) {
      if (topics.contains(partition.topic())) {
        counts.merge(partition.topic(), partition.partition() + 1, Math::max);
      }
    }
    return CompletableFuture.completedFuture(counts);
  }

  @Override
  public void close() {}
}
