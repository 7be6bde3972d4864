package io.raftless.connect.sink;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;

/** A Kafka that says what it was told to. */
final class KnownTopics implements KafkaTopics {
  private final Map<TopicPartition, BrokerView> views = new HashMap<>();

  private final Set<TopicPartition> committed = new HashSet<>();

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

  KnownTopics withCommitted(TopicPartition... partitions) {
    committed.addAll(List.of(partitions));
    return this;
  }

  @Override
  public CompletableFuture<Set<TopicPartition>> committed(String group) {
    return group.equals("connect-orders-sink")
        ? CompletableFuture.completedFuture(Set.copyOf(committed))
        : CompletableFuture.failedFuture(new GroupAuthorizationException(group));
  }

  @Override
  public void close() {}
}
