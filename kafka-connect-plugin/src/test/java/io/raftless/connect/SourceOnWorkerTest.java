package io.raftless.connect;

import static io.raftless.connect.SourceBench.append;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.converters.ByteArrayConverter;
import org.apache.kafka.connect.util.clusters.EmbeddedConnectCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The source on a worker with exactly-once support, a broker and S3, all of them in this process.
 */
final class SourceOnWorkerTest {
  private static final String NAME = "copy";
  private static final long PATIENCE_MILLIS = 60_000;

  private final EmbeddedS3 s3 = EmbeddedS3.inMemory();
  private final ObjectStore store =
      S3Settings.builder(s3.bucket())
          .endpoint(s3.endpoint())
          .region(s3.region())
          .credentials(s3.accessKeyId(), s3.secretAccessKey())
          .build()
          .open();
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("team/logs", "orders"), 2);
  private final EmbeddedConnectCluster connect = cluster();

  private static EmbeddedConnectCluster cluster() {
    Properties broker = new Properties();
    broker.put("transaction.state.log.replication.factor", "1");
    broker.put("transaction.state.log.min.isr", "1");
    broker.put("offsets.topic.replication.factor", "1");
    return new EmbeddedConnectCluster.Builder()
        .name("source")
        .numWorkers(1)
        .numBrokers(1)
        .brokerProps(broker)
        .workerProps(new HashMap<>(Map.of("exactly.once.source.support", "enabled")))
        .build();
  }

  @BeforeEach
  void start() {
    connect.start();
  }

  @AfterEach
  void stop() {
    connect.stop();
    log.close();
    store.close();
    s3.close();
  }

  private Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    options.put("connector.class", RaftlessSourceConnector.class.getName());
    options.put("tasks.max", "2");
    options.put("bucket", s3.bucket());
    options.put("prefix", "team/logs");
    options.put("s3.endpoint", s3.endpoint().toString());
    options.put("s3.region", s3.region());
    options.put("s3.access.key.id", s3.accessKeyId());
    options.put("s3.secret.access.key", s3.secretAccessKey());
    options.put("logs", "orders");
    options.put("group.commit.interval.ms", "0");
    options.put("exactly.once.support", "required");
    options.put("transaction.boundary", "connector");
    options.put("topic.creation.default.partitions", "2");
    options.put("topic.creation.default.replication.factor", "1");
    for (String converter : new String[] {"key", "value", "header"}) {
      options.put(converter + ".converter", ByteArrayConverter.class.getName());
    }
    return options;
  }

  /** So many records, by their Kafka partition. */
  private Map<Integer, List<String>> consume(int records) {
    Map<Integer, List<String>> words = new HashMap<>();
    Map<String, Object> committed = Map.of(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    for (ConsumerRecord<byte[], byte[]> record :
        connect.kafka().consume(records, PATIENCE_MILLIS, committed, "orders")) {
      words
          .computeIfAbsent(record.partition(), partition -> new ArrayList<>())
          .add(new String(record.value(), StandardCharsets.UTF_8));
    }
    return words;
  }

  @Test
  void everyRecordIsInTheTopicOnceAndOffsetsAlteredByRestAreWhereItGoesOn() throws Exception {
    append(log, 0, "0", "1", "2");
    append(log, 1, "a", "b");
    connect.configureConnector(NAME, options());
    connect.assertions().assertConnectorAndAtLeastNumTasksAreRunning(NAME, 2, "tasks run");
    assertThat(consume(5)).isEqualTo(Map.of(0, List.of("0", "1", "2"), 1, List.of("a", "b")));

    connect.stopConnector(NAME);
    connect.assertions().assertConnectorIsStopped(NAME, "stopped");
    assertThat(log.group(NAME).position(0).join().offset()).hasValue(3);
    assertThat(connect.connectorOffsets(NAME).toMap())
        .containsEntry(source(0), Map.of("offset", 3))
        .containsEntry(source(1), Map.of("offset", 2));
    connect.alterSourceConnectorOffset(NAME, source(0), Map.of("offset", 2));
    assertThat(log.group(NAME).position(0).join().offset()).hasValue(2);
    append(log, 1, "c");
    connect.resumeConnector(NAME);

    assertThat(consume(7))
        .isEqualTo(Map.of(0, List.of("0", "1", "2", "2"), 1, List.of("a", "b", "c")));
  }

  private Map<String, ?> source(int partition) {
    return Map.of(
        "log",
        "team/logs/orders",
        "partition",
        partition,
        "incarnation",
        log.incarnation().toString());
  }
}
