package io.raftless.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.sink.Options;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.junit.jupiter.api.Test;

class RaftlessSinkConnectorTest {
  private final RaftlessSinkConnector connector = new RaftlessSinkConnector();

  @Test
  void isFoundAsAService() {
    assertThat(ServiceLoader.load(SinkConnector.class))
        .hasAtLeastOneElementOfType(RaftlessSinkConnector.class);
  }

  @Test
  void saysItsVersion() {
    assertThat(connector.version()).isNotBlank().doesNotContain("$");
    assertThat(new RaftlessSinkTask().version()).isEqualTo(connector.version());
  }

  @Test
  void givesEachTaskTheSameOptionsEveryTime() {
    Map<String, String> options = Options.valid().map();

    connector.start(options);

    assertThat(connector.taskConfigs(3)).containsExactly(options, options, options);
    assertThat(connector.taskConfigs(1)).containsExactly(options);
    assertThat(connector.taskClass()).isEqualTo(RaftlessSinkTask.class);
    connector.stop();
  }

  @Test
  void doesNotStartWithOptionsThatDoNotFit() {
    assertThatThrownBy(
            () -> connector.start(Options.valid().with("log.partition.mapping", "modulo").map()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("log.partitions");
  }
}
