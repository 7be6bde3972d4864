package io.raftless.connect.sink;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** With Kafka's own admin client: three requests for any number of partitions. */
final class AdminKafkaTopics implements KafkaTopics {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(AdminKafkaTopics.class);

  private final Admin admin;

  /** Closing this closes {@code admin}. */
  AdminKafkaTopics(Admin admin) {
    this.admin = admin;
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public CompletableFuture<Map<TopicPartition, BrokerView>> look(
      Collection<TopicPartition> partitions) {
    Set<String> topics = new HashSet<>();
    partitions.forEach(partition -> topics.add(partition.topic()));
    CompletableFuture<Map<String, TopicDescription>> described = describe(topics);
    // Topics before offsets: *because* a topic that is recreated in between is then the old one
    // with offsets of the new one, which is noticed, or looks like lost offsets, at the next look.
    return described.thenCompose(
        found -> {
          Set<TopicPartition> known = new HashSet<>();
          for (TopicPartition partition : partitions) {
            TopicDescription topic = found.get(partition.topic());
            if (topic != null && partition.partition() < topic.partitions().size()) {
              known.add(partition);
            }
          }
          if (known.isEmpty()) {
            return CompletableFuture.completedFuture(Map.<TopicPartition, BrokerView>of());
          }
          return offsets(known, OffsetSpec.earliest())
              .thenCombine(
                  offsets(known, OffsetSpec.latest()),
                  (earliest, latest) -> views(found, known, earliest, latest));
        });
  }

  @Override
  public CompletableFuture<Map<String, Integer>> partitions(Collection<String> topics) {
    return describe(topics)
        .thenApply(
            found -> {
              Map<String, Integer> counts = new HashMap<>();
              found.forEach((name, topic) -> counts.put(name, topic.partitions().size()));
              return counts;
            });
  }

  @Override
  public CompletableFuture<Set<TopicPartition>> committed(String group) {
    return admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .toCompletionStage()
        .toCompletableFuture()
        .thenApply(offsets -> Set.copyOf(offsets.keySet()));
  }

  private static Map<TopicPartition, BrokerView> views(
      Map<String, TopicDescription> topics,
      Set<TopicPartition> partitions,
      Map<TopicPartition, Long> earliest,
      Map<TopicPartition, Long> latest) {
    Map<TopicPartition, BrokerView> views = new HashMap<>();
    for (TopicPartition partition : partitions) {
      Long first = earliest.get(partition);
      Long end = latest.get(partition);
      TopicDescription topic = topics.get(partition.topic());
      // An end before the beginning was overtaken by a deletion between the requests: look again.
      if (first != null && end != null && topic != null && first <= end) {
        views.put(partition, new BrokerView(id(topic), first, end));
      }
    }
    return views;
  }

  private static @Nullable String id(TopicDescription topic) {
    return topic.topicId().equals(Uuid.ZERO_UUID) ? null : topic.topicId().toString();
  }

  private CompletableFuture<Map<String, TopicDescription>> describe(Collection<String> topics) {
    if (topics.isEmpty()) {
      return CompletableFuture.completedFuture(Map.of());
    }
    DescribeTopicsResult result = admin.describeTopics(topics);
    return known(result.topicNameValues());
  }

  private CompletableFuture<Map<TopicPartition, Long>> offsets(
      Set<TopicPartition> partitions, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    ListOffsetsResult result = admin.listOffsets(asked);
    Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> each = new HashMap<>();
    partitions.forEach(partition -> each.put(partition, result.partitionResult(partition)));
    return known(each)
        .thenApply(
            found -> {
              Map<TopicPartition, Long> offsets = new HashMap<>();
              found.forEach((partition, info) -> offsets.put(partition, info.offset()));
              return offsets;
            });
  }

  /**
   * Of those that Kafka tells of. One without a leader, or that may not be described, is not to
   * keep the others waiting: it fails only if all do, and not because Kafka does not know them.
   */
  private static <K, V> CompletableFuture<Map<K, V>> known(Map<K, KafkaFuture<V>> futures) {
    Map<K, V> found = new ConcurrentHashMap<>();
    Map<K, Throwable> failed = new ConcurrentHashMap<>();
    CompletableFuture<?>[] all =
        futures.entrySet().stream()
            .map(
                entry ->
                    entry
                        .getValue()
                        .toCompletionStage()
                        .handle(
                            (value, trouble) -> {
                              if (trouble == null) {
                                found.put(entry.getKey(), value);
                              } else if (!isUnknown(trouble)) {
                                failed.put(entry.getKey(), trouble);
                              }
                              return value;
                            })
                        .toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(all)
        .thenApply(
            unused -> {
              if (found.isEmpty() && !failed.isEmpty()) {
                throw new CompletionException(failed.values().iterator().next());
              }
              failed.forEach((key, trouble) -> LOG.warn("Kafka does not tell of {}", key, trouble));
              return found;
            });
  }

  private static boolean isUnknown(Throwable trouble) {
    Throwable reason =
        trouble instanceof CompletionException && trouble.getCause() != null
            ? trouble.getCause()
            : trouble;
    return reason instanceof UnknownTopicOrPartitionException
        || reason instanceof UnknownTopicIdException
        || reason instanceof InvalidTopicException
        || reason instanceof LeaderNotAvailableException;
  }

  @Override
  public void close() {
    admin.close(CLOSE_TIMEOUT);
  }
}
