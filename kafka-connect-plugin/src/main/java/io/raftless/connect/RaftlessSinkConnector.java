package io.raftless.connect;

import io.raftless.connect.sink.OffsetsChange;
import io.raftless.connect.sink.SinkOptions;
import io.raftless.connect.sink.SinkValidation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Writes Kafka topics to logs, exactly once. Options, guarantees and what altering offsets does are
 * in {@code docs/kafka-connect.md}.
 */
public final class RaftlessSinkConnector extends SinkConnector {
  private Map<String, String> options = Map.of();

  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public ConfigDef config() {
    return SinkOptions.definition();
  }

  @Override
  public Class<? extends Task> taskClass() {
    return RaftlessSinkTask.class;
  }

  @Override
  public Config validate(Map<String, String> given) {
    return new SinkValidation().validate(given);
  }

  @Override
  public void start(Map<String, String> given) {
    new SinkValidation().require(given);
    options = Map.copyOf(given);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    List<Map<String, String>> all = new ArrayList<>();
    for (int task = 0; task < maxTasks; task++) {
      all.add(options);
    }
    return all;
  }

  @Override
  public boolean alterOffsets(Map<String, String> given, Map<TopicPartition, Long> offsets) {
    OffsetsChange.of(given).apply(offsets);
    return true;
  }

  @Override
  public void stop() {}
}
