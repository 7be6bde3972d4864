package io.raftless.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.embedded.EmbeddedS3;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.runtime.rest.entities.ConfigInfos;
import org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest;
import org.apache.kafka.connect.runtime.rest.errors.ConnectRestException;
import org.apache.kafka.connect.util.clusters.EmbeddedConnectCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a worker's REST interface makes of the connector, on a broker and an S3 server. */
class SinkOffsetsRestTest {
  private static final EmbeddedS3 S3 = EmbeddedS3.inMemory();
  private static final EmbeddedConnectCluster CONNECT =
      new EmbeddedConnectCluster.Builder().name("offsets").numWorkers(1).numBrokers(1).build();

  @BeforeAll
  static void start() {
    CONNECT.start();
  }

  @AfterAll
  static void stop() {
    CONNECT.stop();
    S3.close();
  }

  private static Map<String, String> options(String topic) {
    Map<String, String> options = new HashMap<>();
    options.put("connector.class", RaftlessSinkConnector.class.getName());
    options.put("topics", topic);
    options.put("bucket", S3.bucket());
    options.put("prefix", "logs");
    options.put("s3.endpoint", S3.endpoint().toString());
    options.put("s3.access.key.id", S3.accessKeyId());
    options.put("s3.secret.access.key", S3.secretAccessKey());
    options.put("kafka.bootstrap.servers", CONNECT.kafka().bootstrapServers());
    return options;
  }

  private static ObjectStore store() {
    return S3Settings.builder(S3.bucket())
        .endpoint(S3.endpoint())
        .credentials(S3.accessKeyId(), S3.secretAccessKey())
        .build()
        .open();
  }

  private static void createStopped(String name, Map<String, String> options) {
    CONNECT.configureConnector(
        new CreateConnectorRequest(name, options, CreateConnectorRequest.InitialState.STOPPED));
  }

  private static void createLog(String name, int partitions) {
    try (ObjectStore store = store()) {
      RaftlessLog.create(store, LogId.of("logs", name), partitions).close();
    }
  }

  private static List<String> positions(String log) {
    try (ObjectStore store = store();
        RaftlessLog open = RaftlessLog.open(store, LogId.of("logs", log))) {
      return open.describe().join().partitions().stream()
          .map(
              partition ->
                  partition.writers().stream()
                      .map(WriterDescription::position)
                      .map(String::valueOf)
                      .findFirst()
                      .orElse("none"))
          .toList();
    }
  }

  @Test
  void offsetsAreAlteredAndResetInTheLog() {
    CONNECT.kafka().createTopic("orders", 2);
    for (int record = 0; record < 10; record++) {
      CONNECT.kafka().produce("orders", 1, "key", "value");
    }
    createLog("orders", 2);
    createStopped("altered", options("orders"));
    TopicPartition partition = new TopicPartition("orders", 1);

    assertThat(CONNECT.alterSinkConnectorOffset("altered", partition, 4L)).contains("successfully");

    assertThat(positions("orders").get(0)).isEqualTo("none");
    assertThat(positions("orders").get(1)).contains("\"next\":4", "topicId", "OFFSETS_ALTERED");
    assertThatThrownBy(() -> CONNECT.alterSinkConnectorOffset("altered", partition, 11L))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("Kafka has 0 to 10");

    // Written, and its offset in the consumer group not committed yet.
    try (ObjectStore store = store();
        RaftlessLog log = RaftlessLog.open(store, LogId.of("logs", "orders"))) {
      WriterClaim claim = log.acquire(0, "connect/altered/orders/0", "task").join();
      log.storePosition(claim, null, "{\"format\":1,\"next\":7}").join();
    }

    assertThat(CONNECT.resetConnectorOffsets("altered")).contains("successfully");

    assertThat(positions("orders")).allSatisfy(now -> assertThat(now).contains("\"next\":-1"));
    assertThat(CONNECT.resetConnectorOffsets("altered")).contains("successfully");
  }

  @Test
  void whatIsWrongWithOptionsIsAnErrorOfTheOption() {
    Map<String, String> options = options("orders");
    options.put("name", "validated");
    assertThat(validate(options).errorCount()).isZero();

    options.put("log.partition.mapping", "modulo");
    assertThat(errors(validate(options), "log.partitions"))
        .singleElement()
        .asString()
        .contains("modulo");

    options.remove("log.partition.mapping");
    options.put("bucket", "no-such-bucket");
    assertThat(errors(validate(options), "bucket"))
        .singleElement()
        .asString()
        .contains("no-such-bucket");
    assertThat(errors(validate(options), "s3.endpoint")).hasSize(1);
  }

  private static ConfigInfos validate(Map<String, String> options) {
    return CONNECT.validateConnectorConfig("RaftlessSinkConnector", options);
  }

  private static List<String> errors(ConfigInfos infos, String option) {
    return infos.configs().stream()
        .filter(info -> info.configValue().name().equals(option))
        .flatMap(info -> info.configValue().errors().stream())
        .toList();
  }
}
