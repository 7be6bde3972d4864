package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class WriterIdNamesTest {
  private final WriterIdNames names = new WriterIdNames("orders-sink");

  @Test
  void namesTheSinkTheTopicAndThePartition() {
    assertThat(names.of("orders", 3)).isEqualTo("connect/orders-sink/orders/3");
    assertThat(names.of(new TopicPartition("a.b_c-d", 0)))
        .isEqualTo("connect/orders-sink/a.b_c-d/0");
  }

  @Test
  void readsItsOwnNamesBack() {
    assertThat(names.parse("connect/orders-sink/orders/3"))
        .contains(new TopicPartition("orders", 3));
    assertThat(new WriterIdNames("team/sink").parse("connect/team/sink/orders/12"))
        .contains(new TopicPartition("orders", 12));
  }

  @Test
  void knowsNamesThatAreNotItsOwn() {
    for (String other :
        new String[] {
          "connect/orders-sink-2/orders/3",
          "connect/orders-sink/nested/orders/3",
          "connect/orders-sink/orders/x",
          "connect/orders-sink/orders/03",
          "connect/orders-sink/orders/-1",
          "connect/orders-sink/orders/99999999999",
          "connect/orders-sink/orders/",
          "connect/orders-sink//3",
          "connect/orders-sink/3",
          "flink/orders-sink/orders/3"
        }) {
      assertThat(names.parse(other)).as(other).isEmpty();
    }
  }

  @Test
  void takesUpTo200Characters() {
    String topic = "t".repeat(200 - "connect/orders-sink//7".length());

    assertThat(names.of(topic, 7)).hasSize(200);
    assertThatThrownBy(() -> names.of(topic, 77))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sink.id")
        .hasMessageContaining("201 characters")
        .hasMessageContaining("set a shorter sink.id");
  }

  @Test
  void refusesASinkWithoutAName() {
    for (String bad : new String[] {"", "  ", "a\nb"}) {
      assertThatThrownBy(() -> new WriterIdNames(bad))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("sink.id");
    }
  }
}
