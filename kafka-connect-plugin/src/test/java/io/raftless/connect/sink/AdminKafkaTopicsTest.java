package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.connect.util.clusters.EmbeddedKafkaCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On a broker. */
class AdminKafkaTopicsTest {
  private static final EmbeddedKafkaCluster KAFKA = new EmbeddedKafkaCluster(1, new Properties());

  @BeforeAll
  static void start() {
    KAFKA.start();
  }

  @AfterAll
  static void stop() {
    KAFKA.stop();
  }

  private static KafkaTopics topics() {
    return new SinkConfig(
            Options.valid()
                .with("topic.checks", "on")
                .with("kafka.bootstrap.servers", KAFKA.bootstrapServers())
                .with("kafka.admin.request.timeout.ms", "20000")
                .map())
        .newKafkaTopics();
  }

  private static BrokerView look(TopicPartition partition) throws Exception {
    try (KafkaTopics topics = topics()) {
      BrokerView view = topics.look(List.of(partition)).get(30, TimeUnit.SECONDS).get(partition);
      if (view == null) {
        throw new AssertionError("Kafka does not know " + partition);
      }
      return view;
    }
  }

  @Test
  void seesBothEndsAndTheTopicId() throws Exception {
    KAFKA.createTopic("ends", 2);
    for (int record = 0; record < 10; record++) {
      KAFKA.produce("ends", 0, "key", "value");
    }
    TopicPartition partition = new TopicPartition("ends", 0);
    try (Admin admin = KAFKA.createAdminClient()) {
      admin
          .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }

    BrokerView view = look(partition);

    assertThat(view.earliest()).isEqualTo(4);
    assertThat(view.latest()).isEqualTo(10);
    assertThat(view.topicId()).isNotBlank();
    assertThat(look(new TopicPartition("ends", 1))).isEqualTo(new BrokerView(view.topicId(), 0, 0));
  }

  @Test
  void aRecreatedTopicIsAnotherOne() throws Exception {
    TopicPartition partition = new TopicPartition("recreated", 0);
    KAFKA.createTopic("recreated", 1);
    String before = String.valueOf(look(partition).topicId());

    KAFKA.deleteTopic("recreated");
    KAFKA.createTopic("recreated", 1);

    assertThat(look(partition).topicId()).isNotNull().isNotEqualTo(before);
  }

  @Test
  void whatKafkaDoesNotKnowIsMissingAndTheRestIsThere() throws Exception {
    KAFKA.createTopic("known", 3);
    TopicPartition known = new TopicPartition("known", 2);

    try (KafkaTopics topics = topics()) {
      assertThat(topics.isOn()).isTrue();
      assertThat(
              topics
                  .look(
                      List.of(
                          known, new TopicPartition("known", 3), new TopicPartition("unknown", 0)))
                  .get(30, TimeUnit.SECONDS))
          .containsOnlyKeys(known);
      assertThat(topics.look(List.of()).get(30, TimeUnit.SECONDS)).isEmpty();
      assertThat(topics.partitions(List.of("known", "unknown")).get(30, TimeUnit.SECONDS))
          .isEqualTo(Map.of("known", 3));
    }
  }

  @Test
  void failsIfThereIsNobodyToAsk() {
    try (KafkaTopics nobody =
        new SinkConfig(
                Options.valid()
                    .with("topic.checks", "on")
                    .with("kafka.bootstrap.servers", "localhost:1")
                    .with("kafka.admin.default.api.timeout.ms", "500")
                    .with("kafka.admin.request.timeout.ms", "500")
                    .map())
            .newKafkaTopics()) {
      assertThatThrownBy(
              () -> nobody.look(List.of(new TopicPartition("orders", 0))).get(30, TimeUnit.SECONDS))
          .hasRootCauseInstanceOf(TimeoutException.class);
    }
  }
}
