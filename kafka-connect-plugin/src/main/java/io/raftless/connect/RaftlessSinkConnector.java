package io.raftless.connect;

import io.raftless.connect.sink.SinkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Writes Kafka topics to logs, exactly once. */
public final class RaftlessSinkConnector extends SinkConnector {
  private Map<String, String> options = Map.of();

  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public ConfigDef config() {
    return SinkConfig.definition();
  }

  @Override
  public Class<? extends Task> taskClass() {
    return RaftlessSinkTask.class;
  }

  @Override
  public void start(Map<String, String> given) {
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
  public void stop() {}
}
