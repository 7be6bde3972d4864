package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

/** Logs that are created and grown, as the options say. */
class OpenLogsTest {
  private static final LogId ORDERS = LogId.of("logs", "orders");

  private final LogsOfTests logs = new LogsOfTests();
  private final FakeKafka kafka = new FakeKafka();

  private OpenLogs open(boolean creates, boolean grows) {
    return new OpenLogs(
        logs::shared,
        new TopicMapping(
            "logs", "${topic}", Map.of(), TopicMapping.Partitions.SAME, 0, creates, grows),
        kafka);
  }

  @Test
  void aLogThatIsMissingIsCreatedWithThePartitionsOfTheTopic() {
    kafka.produce(new TopicPartition("orders", 5), 1);
    try (OpenLogs open = open(true, true)) {
      assertThat(open.log(ORDERS, 2, "orders").join().partitions()).isEqualTo(6);
    }
  }

  @Test
  void aLogGrowsWithTheTopicWhileOthersWriteToIt() {
    logs.create("orders", 1);
    try (OpenLogs open = open(true, true)) {
      assertThat(open.log(ORDERS, 0, "orders").join().partitions()).isEqualTo(1);
      kafka.produce(new TopicPartition("orders", 3), 1);
      assertThat(open.log(ORDERS, 3, "orders").join().partitions()).isEqualTo(4);
    }
    assertThat(logs.describe("orders").partitions()).hasSize(4);
  }

  @Test
  void neitherHappensIfItMayNot() {
    try (OpenLogs open = open(false, false)) {
      assertThatThrownBy(() -> open.log(ORDERS, 0, "orders").join())
          .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
      logs.create("orders", 1);
      assertThatThrownBy(() -> open.log(ORDERS, 3, "orders").join())
          .hasCauseInstanceOf(ConnectException.class)
          .hasMessageContaining("log.grow");
    }
    assertThat(logs.describe("orders").partitions()).hasSize(1);
  }
}
