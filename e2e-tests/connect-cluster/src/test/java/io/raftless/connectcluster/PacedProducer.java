package io.raftless.connectcluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes numbered records to a topic, evenly over a time, on a thread of its own; it does not go
 * beyond what it is allowed to.
 */
final class PacedProducer implements AutoCloseable {
  private static final int SLICES_PER_SECOND = 20;

  private final CompletableFuture<Void> done;

  /** In each partition. */
  private volatile long allowed;

  private volatile boolean isClosed;

  PacedProducer(KafkaBroker broker, String topic, int partitions, int perPartition, Duration time) {
    this.done =
        CompletableFuture.runAsync(
            () -> produce(broker, topic, partitions, perPartition, time),
            task -> new Thread(task, "produce-" + topic).start());
  }

  private void produce(
      KafkaBroker broker, String topic, int partitions, int perPartition, Duration time) {
    Map<String, Object> config =
        Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", 20);
    long slices = Math.max(1, time.toMillis() * SLICES_PER_SECOND / 1_000);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      long perSlice = Math.max(1, perPartition / slices);
      for (long number = 0; number < perPartition && !isClosed; ) {
        long end = Math.min(number + perSlice, Math.min(allowed, perPartition));
        for (; number < end; number++) {
          for (int partition = 0; partition < partitions; partition++) {
            sent.add(producer.send(NumberedRecords.record(topic, partition, number)));
          }
        }
        TimeUnit.MILLISECONDS.sleep(1_000 / SLICES_PER_SECOND);
      }
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    } catch (Exception e) {
      throw new IllegalStateException("cannot write to " + topic, e);
    }
  }

  /** Lets it write so many records in each partition. */
  void allow(long perPartition) {
    allowed = perPartition;
  }

  /** Waits until everything is written. */
  void join() {
    done.join();
  }

  @Override
  public void close() {
    isClosed = true;
    done.exceptionally(failure -> null).join();
  }
}
