package io.raftless.connect.sink;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/** For {@code topic.checks=off}. */
final class NoKafkaTopics implements KafkaTopics {
  @Override
  public boolean isOn() {
    return false;
  }

  @Override
  public CompletableFuture<Map<TopicPartition, BrokerView>> look(
      Collection<TopicPartition> partitions) {
    return CompletableFuture.completedFuture(Map.of());
  }

  @Override
  public CompletableFuture<Map<String, Integer>> partitions(Collection<String> topics) {
    return CompletableFuture.completedFuture(Map.of());
  }

  @Override
  public void close() {}
}
