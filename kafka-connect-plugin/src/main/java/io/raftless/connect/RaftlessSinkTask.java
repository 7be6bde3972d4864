package io.raftless.connect;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Writes topic-partitions to logs. */
public final class RaftlessSinkTask extends SinkTask {
  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public void start(Map<String, String> options) {
    throw new ConnectException("the task is on branch c-sink");
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    throw new ConnectException("the task is on branch c-sink");
  }

  @Override
  public void stop() {}
}
