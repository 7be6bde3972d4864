package io.raftless.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.raftless.connectcluster.KafkaBroker;
import io.raftless.demo.verify.LogVerifier;
import io.raftless.demo.verify.ReadBack;
import io.raftless.demo.verify.ReadBackDeserializer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is committed of a topic, on a thread of its own, and hands it to the comparison. */
final class CommittedReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long NO_LINE = -1;

  private final KafkaBroker broker;
  private final List<TopicPartition> partitions;
  private final LogVerifier verifier;
  private final CompletableFuture<Void> done;
  private volatile boolean isAtEnd;
  private volatile boolean isClosed;

  CommittedReader(KafkaBroker broker, String topic, int partitions, LogVerifier verifier) {
    this.broker = broker;
    this.partitions =
        IntStream.range(0, partitions).mapToObj(n -> new TopicPartition(topic, n)).toList();
    this.verifier = verifier;
    this.done = CompletableFuture.runAsync(this::read, task -> new Thread(task, "read").start());
  }

  private void read() {
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
      consumer.assign(partitions);
      while (!isClosed) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          verifier.accept(
              new ReadBack(record.partition(), lineOf(record), record.key(), record.value()));
        }
        isAtEnd =
            consumer.endOffsets(partitions).entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
      }
    }
  }

  private static long lineOf(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(ReadBackDeserializer.LINE_HEADER);
    try {
      return header == null ? NO_LINE : Long.parseLong(new String(header.value(), UTF_8));
    } catch (NumberFormatException e) {
      return NO_LINE;
    }
  }

  /** How many records there were. */
  long count() {
    requireHealth();
    return verifier.recordsOut();
  }

  /** Whether it had read all that was committed when it looked last. */
  boolean isAtEnd() {
    requireHealth();
    return isAtEnd;
  }

  private void requireHealth() {
    if (done.isCompletedExceptionally()) {
      done.join();
    }
  }

  @Override
  public void close() {
    isClosed = true;
    done.exceptionally(failure -> null).join();
  }
}
