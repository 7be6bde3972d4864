package io.raftless.connectcluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads what is committed of a topic, on a thread of its own, and holds it against the numbers:
 * each partition is to have all of them, once, in order.
 */
final class OutputChecker implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int VIOLATIONS_KEPT = 20;

  private final String topic;
  private final CompletableFuture<Void> done;

  /** By partition: the number that is next. Guarded by this. */
  private final long[] next;

  /** Guarded by this. */
  private final List<String> violations = new ArrayList<>();

  private volatile long count;
  private volatile boolean isClosed;

  OutputChecker(KafkaBroker broker, String topic, int partitions) {
    this.topic = topic;
    this.next = new long[partitions];
    this.done =
        CompletableFuture.runAsync(
            () -> read(broker), task -> new Thread(task, "check-" + topic).start());
  }

  private void read(KafkaBroker broker) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "isolation.level",
            "read_committed",
            "auto.offset.reset",
            "earliest");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(
          IntStream.range(0, next.length)
              .mapToObj(partition -> new TopicPartition(topic, partition))
              .toList());
      while (!isClosed) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          check(record);
        }
      }
    }
  }

  private synchronized void check(ConsumerRecord<byte[], byte[]> record) {
    count++;
    long number = NumberedRecords.numberOf(record);
    long expected = next[record.partition()];
    if (number != expected) {
      violation(record, number, (number < expected ? "again" : "early") + " for " + expected);
    }
    NumberedRecords.difference(record, number)
        .ifPresent(what -> violation(record, number, "with another " + what.substring(4)));
    next[record.partition()] = Math.max(expected, number + 1);
  }

  private void violation(ConsumerRecord<byte[], byte[]> record, long number, String what) {
    if (violations.size() < VIOLATIONS_KEPT) {
      violations.add(
          "partition %d offset %d: number %d %s"
              .formatted(record.partition(), record.offset(), number, what));
    }
  }

  /** How many records there were. */
  long count() {
    if (done.isCompletedExceptionally()) {
      done.join();
    }
    return count;
  }

  /** What is wrong with them, the first of it. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** The numbers that are next, which are how many each partition is to have. */
  synchronized List<Long> next() {
    return Arrays.stream(next).boxed().toList();
  }

  @Override
  public void close() {
    isClosed = true;
    done.exceptionally(failure -> null).join();
  }
}
