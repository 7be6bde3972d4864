package io.raftless.connect.sink;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;

/** Topics in the memory of a test: what the consumer reads and what the Admin client sees. */
final class FakeKafka implements KafkaTopics {
  private static final class Partition {
    final NavigableMap<Long, byte[]> records = new TreeMap<>();
    final Set<Long> filtered = new HashSet<>();
    long earliest;
    long latest;
  }

  private final Map<TopicPartition, Partition> partitions = new HashMap<>();
  private final Map<String, Integer> generations = new HashMap<>();

  /** What the consumer group has committed. */
  final Map<TopicPartition, Long> committed = new HashMap<>();

  boolean isDown;

  /** Without a leader: nothing is said of them. */
  final Set<TopicPartition> leaderless = new HashSet<>();

  int looks;

  private synchronized Partition of(TopicPartition id) {
    return partitions.computeIfAbsent(id, unused -> new Partition());
  }

  private String topicId(String topic) {
    return topic + "-id-" + generations.getOrDefault(topic, 0);
  }

  /** What the record at an offset says. */
  String value(TopicPartition id, long offset) {
    int generation = generations.getOrDefault(id.topic(), 0);
    return (generation == 0 ? "" : "again" + generation + ":") + id + ":" + offset;
  }

  synchronized void produce(TopicPartition id, int count) {
    for (int i = 0; i < count; i++) {
      produceValue(id, value(id, of(id).latest).getBytes(StandardCharsets.UTF_8));
    }
  }

  synchronized void produceValue(TopicPartition id, byte[] value) {
    Partition partition = of(id);
    partition.records.put(partition.latest++, value);
  }

  synchronized void produceTombstone(TopicPartition id) {
    of(id).records.put(of(id).latest++, new byte[0]);
  }

  /** Records that a transformation leaves out. */
  synchronized void produceFiltered(TopicPartition id, int count) {
    for (int i = 0; i < count; i++) {
      of(id).filtered.add(of(id).latest);
      produce(id, 1);
    }
  }

  /** Offsets that no consumer ever sees: compacted away, or markers. */
  synchronized void skip(TopicPartition id, int count) {
    of(id).latest += count;
  }

  synchronized void deleteBefore(TopicPartition id, long offset) {
    of(id).earliest = offset;
    of(id).records.headMap(offset).clear();
  }

  /** Deletes a topic and creates it again. */
  synchronized void recreate(String topic) {
    partitions.keySet().removeIf(id -> id.topic().equals(topic));
    generations.merge(topic, 1, Integer::sum);
  }

  synchronized long latest(TopicPartition id) {
    return of(id).latest;
  }

  /** What a fetch from a position gives; it is out of range: from the earliest. */
  synchronized long reset(TopicPartition id, long position) {
    return position < of(id).earliest || position > of(id).latest ? of(id).earliest : position;
  }

  synchronized List<Long> fetch(TopicPartition id, long from, int max) {
    return of(id).records.tailMap(from).keySet().stream().limit(max).toList();
  }

  synchronized boolean isFiltered(TopicPartition id, long offset) {
    return of(id).filtered.contains(offset);
  }

  synchronized SinkRecord record(TopicPartition id, long offset) {
    byte[] value = of(id).records.get(offset);
    boolean isTombstone = value == null || value.length == 0;
    return new SinkRecord(
        id.topic(),
        id.partition(),
        Schema.OPTIONAL_BYTES_SCHEMA,
        ("key" + offset).getBytes(StandardCharsets.UTF_8),
        Schema.OPTIONAL_BYTES_SCHEMA,
        isTombstone ? null : value,
        offset,
        1_000 + offset,
        TimestampType.CREATE_TIME);
  }

  /** All that is to be in the log. */
  synchronized List<String> expected(TopicPartition id) {
    List<String> values = new ArrayList<>();
    of(id)
        .records
        .forEach(
            (offset, value) -> {
              if (!of(id).filtered.contains(offset)) {
                values.add(new String(value, StandardCharsets.UTF_8));
              }
            });
    return values;
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public synchronized CompletableFuture<Map<TopicPartition, BrokerView>> look(
      Collection<TopicPartition> ids) {
    looks++;
    if (isDown) {
      return CompletableFuture.failedFuture(
          new org.apache.kafka.common.errors.TimeoutException("down"));
    }
    Map<TopicPartition, BrokerView> views = new HashMap<>();
    for (TopicPartition id : ids) {
      if (leaderless.contains(id)) {
        continue;
      }
      views.put(id, new BrokerView(topicId(id.topic()), of(id).earliest, of(id).latest));
    }
    return CompletableFuture.completedFuture(views);
  }

  @Override
  public synchronized CompletableFuture<Map<String, Integer>> partitions(
      Collection<String> topics) {
    Map<String, Integer> counts = new HashMap<>();
    for (TopicPartition id : partitions.keySet()) {
      if (topics.contains(id.topic())) {
        counts.merge(id.topic(), id.partition() + 1, Math::max);
      }
    }
    return CompletableFuture.completedFuture(counts);
  }

  @Override
  public void close() {}
}
