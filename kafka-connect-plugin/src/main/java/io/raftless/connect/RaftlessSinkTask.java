package io.raftless.connect;

import io.raftless.connect.sink.SinkConfig;
import io.raftless.connect.sink.SinkEngine;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of its topic-partitions to logs, each exactly once. Made and called by
 * Connect, on one thread.
 */
public final class RaftlessSinkTask extends SinkTask {
  private @Nullable SinkEngine engine;

  /** Connect needs this. */
  public RaftlessSinkTask() {}

  @Override
  public String version() {
    return PluginVersion.get();
  }

  @Override
  public void start(Map<String, String> options) {
    SinkConfig config = new SinkConfig(options);
    // Not the time of day, which is set back now and then.
    long origin = System.nanoTime();
    engine =
        new SinkEngine(
            config.toSettings(),
            config.newFormat(),
            config.newKafkaTopics(),
            context,
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - origin));
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    engine().open(partitions);
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    engine().put(records);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> currentOffsets) {
    return engine().preCommit(currentOffsets);
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    // Connect closes also after a start that failed.
    if (engine != null) {
      engine.close(partitions);
    }
  }

  @Override
  public void stop() {
    if (engine != null) {
      engine.stop();
      engine = null;
    }
  }

  private SinkEngine engine() {
    if (engine == null) {
      throw new ConnectException("the task was not started");
    }
    return engine;
  }
}
