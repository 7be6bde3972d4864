package io.raftless.connectcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.log.LogDescription.PartitionDescription;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One small worker, one task, a thousand partitions: the memory is enough, and the objects are not
 * as many as the partitions.
 */
@Timeout(600)
final class ManyPartitionsIT {
  private static final Logger LOG = LoggerFactory.getLogger(ManyPartitionsIT.class);

  private static final int PARTITIONS = 1_000;
  private static final int RECORD_BYTES = 1 << 10;
  private static final int BYTES_PER_SECOND = 10 << 20;
  private static final int SECONDS = 30;
  private static final int SLICES_PER_SECOND = 10;
  private static final int RECORDS = BYTES_PER_SECOND / RECORD_BYTES * SECONDS;

  /** The objects are of 8 MiB, unless somebody waits for less. */
  private static final long USEFUL_BYTES = 1 << 20;

  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(5));
  private static final String TOPIC = "many";
  private static final LogId ID = LogId.of("", "many");

  @TempDir Path folder;

  @Test
  void aThousandPartitionsFitIntoASmallHeapAndIntoFewObjects() throws Exception {
    WorkerSettings settings =
        new WorkerSettings(
            "connect", "256m", Duration.ofSeconds(20), Duration.ofSeconds(10), Map.of());
    KafkaHome home = KafkaHome.fromProperties();
    try (EmbeddedS3Process s3 = EmbeddedS3Process.builder().maxHeap("2g").start();
        ObjectStore store = store(s3).open();
        RaftlessLog log = RaftlessLog.create(store, ID, PARTITIONS);
        KafkaBroker broker = KafkaBroker.start(home, folder);
        ConnectWorkers workers = new ConnectWorkers(home, folder, broker, settings)) {
      broker.createTopics(PARTITIONS, List.of(TOPIC));
      workers.startTogether(1);
      RoundTripConnectors connectors =
          new RoundTripConnectors(
              RoundTripConnectors.store(
                  s3.bucket(),
                  s3.endpoint().toString(),
                  s3.region(),
                  s3.accessKeyId(),
                  s3.secretAccessKey()),
              TOPIC,
              ID.name(),
              "",
              1);
      workers
          .any()
          .configure(
              RoundTripConnectors.SINK, connectors.sink(broker, Map.of("compression", "none")));
      workers.any().awaitRunning(RoundTripConnectors.SINK, 1);

      produce(broker);
      PATIENCE.await(
          RECORDS + " records in the log",
          () -> {
            workers.requireAlive();
            long records = records(log);
            return records >= RECORDS ? Optional.of(records) : Optional.empty();
          });

      assertThat(records(log)).isEqualTo(RECORDS);
      List<Long> sizes = objects(store);
      long bytes = sizes.stream().mapToLong(Long::longValue).sum();
      LOG.warn(
          "{} records of {} partitions in {} objects of {} bytes on average",
          RECORDS,
          PARTITIONS,
          sizes.size(),
          bytes / sizes.size());
      assertThat(bytes / sizes.size()).as("bytes of an object").isGreaterThan(USEFUL_BYTES);
    }
  }

  private static S3Settings store(EmbeddedS3Process s3) {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }

  /** At an even rate, or as fast as it goes if that is slower; bytes that nothing compresses. */
  private static void produce(KafkaBroker broker) throws Exception {
    Map<String, Object> config =
        Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", 100);
    Random random = new Random(7);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    long start = System.nanoTime();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int record = 0; record < RECORDS; record++) {
        byte[] value = new byte[RECORD_BYTES];
        random.nextBytes(value);
        sent.add(producer.send(new ProducerRecord<>(TOPIC, record % PARTITIONS, null, value)));
        if (record % (RECORDS / SECONDS / SLICES_PER_SECOND) == 0) {
          long due = start + TimeUnit.SECONDS.toNanos(SECONDS) * record / RECORDS;
          TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
        }
      }
      for (Future<RecordMetadata> one : sent) {
        var unused = one.get();
      }
    }
  }

  private static long records(RaftlessLog log) {
    return log.describe().join().partitions().stream()
        .mapToLong(PartitionDescription::records)
        .sum();
  }

  private static List<Long> objects(ObjectStore store) {
    List<Long> sizes = new ArrayList<>();
    for (ListPage page = store.list(ID.name() + "/", null).join(); page != null; ) {
      page.objects().stream()
          .filter(object -> object.key().contains("/wal/"))
          .forEach(object -> sizes.add(object.size()));
      String more = page.continuation();
      page = more == null ? null : store.list(ID.name() + "/", more).join();
    }
    return sizes;
  }
}
