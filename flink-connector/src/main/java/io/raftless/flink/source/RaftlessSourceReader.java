package io.raftless.flink.source;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.UserCodeClassLoader;

/** One subtask of the source: all its splits are read by one fetcher thread. */
@SuppressWarnings("try") // Flink's base class declares close() so that it may be interrupted.
final class RaftlessSourceReader<T>
    extends SingleThreadMultiplexSourceReaderBase<
        RaftlessRecord, T, RaftlessSplit, RaftlessSplitState> {
  private final RaftlessDeserializer<T> deserializer;

  RaftlessSourceReader(
      Supplier<SplitReader<RaftlessRecord, RaftlessSplit>> splitReader,
      RaftlessDeserializer<T> deserializer,
      SourceReaderContext context) {
    super(
        splitReader, new DeserializingEmitter<>(deserializer), context.getConfiguration(), context);
    this.deserializer = deserializer;
  }

  @Override
  public void start() {
    try {
      deserializer.open(new ReaderContext(context));
    } catch (Exception e) {
      throw new FlinkRuntimeException("the deserializer could not be opened", e);
    }
    super.start();
  }

  /** What Flink's own schemas want to know of where they run. */
  private record ReaderContext(SourceReaderContext context)
      implements DeserializationSchema.InitializationContext {
    @Override
    public MetricGroup getMetricGroup() {
      return context.metricGroup().addGroup("deserializer");
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return context.getUserCodeClassLoader();
    }
  }

  @Override
  protected RaftlessSplitState initializedState(RaftlessSplit split) {
    return new RaftlessSplitState(split);
  }

  @Override
  protected RaftlessSplit toSplitType(String splitId, RaftlessSplitState state) {
    return state.remaining();
  }

  @Override
  protected void onSplitFinished(Map<String, RaftlessSplitState> finished) {
    // The enumerator hands out every split as soon as it has it: there is none to ask for.
  }
}
