package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sink that appends directly: no committer, no state, and no edge that binds the subtasks to
 * each other.
 *
 * <p>It is not run speculatively: each attempt of a writer would append all its records.
 *
 * @param <T> type of the elements
 */
final class WriteThroughSink<T> extends RaftlessSink<T> implements SupportsPreWriteTopology<T> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(WriteThroughSink.class);

  private final WriteThroughSettings<T> settings;

  WriteThroughSink(WriteThroughSettings<T> settings) {
    this.settings = settings;
  }

  @Override
  StoreFactory store() {
    return settings.store();
  }

  @Override
  LogId log() {
    return settings.log();
  }

  @Override
  DeliveryGuarantee guarantee() {
    return settings.guarantee();
  }

  /** Adds nothing: it is where a sink first sees what kind of job it is in. */
  @Override
  public DataStream<T> addPreWriteTopology(DataStream<T> input) {
    if (isAtRisk(input)) {
      LOG.warn(
          "the sink to log {} writes at least once, but checkpointing is off and the input is"
              + " unbounded: a failure loses what is in memory. Set"
              + " execution.checkpointing.interval, or choose the delivery guarantee 'none' if"
              + " that is meant",
          settings.log());
    }
    return input;
  }

  /** Whether nothing ever makes this sink wait for what it has in memory, though it should. */
  boolean isAtRisk(DataStream<T> input) {
    return settings.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE
        && !input.getExecutionEnvironment().getCheckpointConfig().isCheckpointingEnabled()
        && CheckpointingRequirement.isUnbounded(input.getTransformation());
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    UserCode.open(context, settings.serializer(), settings.partitioner());
    OpenLog log = OpenLog.of(settings.store(), settings.log(), settings.createWithPartitions());
    log.registerMetricsOfWriter(context.metricGroup());
    return new WriteThroughWriter<>(settings, log, context.metricGroup());
  }

  @Override
  public String toString() {
    return "RaftlessSink[log=" + settings.log() + ", " + settings.guarantee() + "]";
  }
}
