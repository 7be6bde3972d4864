package io.raftless.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class RaftlessSinkTaskTest {
  private final RaftlessSinkTask task = new RaftlessSinkTask();

  @Test
  void hasTheVersionOfThePlugin() {
    assertThat(task.version()).isEqualTo(PluginVersion.get()).isNotBlank();
  }

  @Test
  void canBeStoppedAfterAStartThatFailed() {
    assertThatThrownBy(() -> task.start(Map.of())).isInstanceOf(ConfigException.class);
    task.close(List.of(new TopicPartition("orders", 0)));
    task.stop();

    assertThatThrownBy(() -> task.put(List.of())).isInstanceOf(ConnectException.class);
  }
}
