package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.TopicMapping.Partitions;
import io.raftless.log.LogId;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class TopicMappingTest {
  private static TopicMapping mapping(String format, Map<String, String> topicToLog) {
    return new TopicMapping("logs", format, topicToLog, Partitions.SAME, 0, true, true);
  }

  private static TopicMapping partitions(Partitions how, int logPartitions, boolean grows) {
    return new TopicMapping("logs", "${topic}", Map.of(), how, logPartitions, true, grows);
  }

  @Test
  void theUsualOneKeepsNameAndPartition() {
    assertThat(TopicMapping.sameNames("logs").target("orders", 3))
        .isEqualTo(new LogTarget(LogId.of("logs", "orders"), 3));
  }

  @Test
  void aFormatNamesTheLogsAndSingleTopicsWin() {
    TopicMapping mapping = mapping("kafka-${topic}-v2", Map.of("orders", "sales"));

    assertThat(mapping.log("users")).isEqualTo(LogId.of("logs", "kafka-users-v2"));
    assertThat(mapping.log("orders")).isEqualTo(LogId.of("logs", "sales"));
  }

  @Test
  void aTopicThatCannotBeALogIsRefusedWithWhatToDo() {
    for (String topic : new String[] {"_schemas", "-x", ".x", "t".repeat(201)}) {
      assertThatThrownBy(() -> TopicMapping.sameNames("logs").target(topic, 0))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("log.name.format")
          .hasMessageContaining("topic.to.log, like " + topic + ":some-log");
    }
    assertThat(mapping("${topic}", Map.of("_schemas", "schemas")).log("_schemas").name())
        .isEqualTo("schemas");
  }

  @Test
  void moduloStaysWhatItWas() {
    TopicMapping mapping = partitions(Partitions.MODULO, 4, true);

    assertThat(mapping.target("orders", 3).partition()).isEqualTo(3);
    assertThat(mapping.target("orders", 4).partition()).isZero();
    assertThat(mapping.target("orders", 999).partition()).isEqualTo(3);
    assertThat(mapping.mayGrow()).isFalse();
    assertThat(mapping.partitionsOfNewLog(0, OptionalInt.of(50))).isEqualTo(4);
  }

  @Test
  void moduloNeedsItsDivisor() {
    assertThatThrownBy(() -> partitions(Partitions.MODULO, 0, true))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("log.partitions");
  }

  @Test
  void aNewLogHasWhatIsNeededWhatKafkaHasOrWhatWasSaid() {
    TopicMapping asNeeded = partitions(Partitions.SAME, 0, true);
    TopicMapping said = partitions(Partitions.SAME, 12, true);
    TopicMapping fixed = partitions(Partitions.SAME, 12, false);

    assertThat(asNeeded.partitionsOfNewLog(4, OptionalInt.empty())).isEqualTo(5);
    assertThat(asNeeded.partitionsOfNewLog(4, OptionalInt.of(16))).isEqualTo(16);
    assertThat(asNeeded.mayGrow()).isTrue();
    assertThat(said.partitionsOfNewLog(4, OptionalInt.empty())).isEqualTo(12);
    assertThat(said.partitionsOfNewLog(20, OptionalInt.empty())).isEqualTo(21);
    assertThat(fixed.partitionsOfNewLog(20, OptionalInt.of(30))).isEqualTo(12);
    assertThat(fixed.mayGrow()).isFalse();
  }

  @Test
  void knowsWhichLogsItCanReach() {
    TopicMapping mapping = mapping("kafka-${topic}-v2", Map.of("orders", "sales"));

    assertThat(mapping.mayReach("kafka-users-v2")).isTrue();
    assertThat(mapping.mayReach("sales")).isTrue();
    assertThat(mapping.mayReach("users")).isFalse();
    assertThat(mapping.mayReach("kafka-users")).isFalse();
    assertThat(mapping("all", Map.of()).mayReach("all")).isTrue();
    assertThat(mapping("all", Map.of()).mayReach("all2")).isFalse();
    assertThat(TopicMapping.sameNames("").mayReach("anything")).isTrue();
  }
}
