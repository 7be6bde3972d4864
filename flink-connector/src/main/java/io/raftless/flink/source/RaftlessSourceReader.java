package io.raftless.flink.source;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.UserCodeClassLoader;
import org.jspecify.annotations.Nullable;

/** One subtask of the source: all its splits are read by one fetcher thread. */
@SuppressWarnings("try") // Flink's base class declares close() so that it may be interrupted.
final class RaftlessSourceReader<T>
    extends SingleThreadMultiplexSourceReaderBase<
        RaftlessRecord, T, RaftlessSplit, RaftlessSplitState> {
  private final SourceSettings<T> settings;
  private final ReaderMetrics metrics;

  /** Null if there is no group. */
  private final @Nullable GroupCommits commits;

  RaftlessSourceReader(
      Supplier<SplitReader<RaftlessRecord, RaftlessSplit>> splitReader,
      SourceSettings<T> settings,
      @Nullable GroupCommits commits,
      ReaderMetrics metrics,
      SourceReaderContext context) {
    super(
        splitReader,
        new DeserializingEmitter<>(settings.deserializer(), settings.onPoison(), metrics),
        context.getConfiguration(),
        context);
    this.settings = settings;
    this.metrics = metrics;
    this.commits = commits;
  }

  @Override
  public void start() {
    try {
      settings.deserializer().open(new ReaderContext(context));
    } catch (Exception e) {
      throw new FlinkRuntimeException("the deserializer could not be opened", e);
    }
    super.start();
    askIfIdle();
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

  /** One split at a time, where readers ask. */
  private void askIfIdle() {
    if (settings.isOnRequest() && getNumberOfCurrentlyAssignedSplits() == 0) {
      context.sendSplitRequest();
    }
  }

  @Override
  protected RaftlessSplitState initializedState(RaftlessSplit split) {
    if (commits != null) {
      commits.begin(split);
    }
    return new RaftlessSplitState(split, metrics.added(split));
  }

  @Override
  protected RaftlessSplit toSplitType(String splitId, RaftlessSplitState state) {
    return state.remaining();
  }

  @Override
  protected void onSplitFinished(Map<String, RaftlessSplitState> finished) {
    finished.forEach(
        (id, state) -> {
          metrics.finished(id);
          if (commits != null) {
            commits.finished(state.remaining());
          }
        });
    askIfIdle();
  }

  @Override
  public List<RaftlessSplit> snapshotState(long checkpointId) {
    List<RaftlessSplit> splits = super.snapshotState(checkpointId);
    if (commits != null) {
      commits.snapshot(checkpointId, splits);
    }
    return splits;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    if (commits != null) {
      commits.completed(checkpointId);
    }
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    super.notifyCheckpointAborted(checkpointId);
    if (commits != null) {
      commits.aborted(checkpointId);
    }
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      if (commits != null) {
        commits.close();
      }
    }
  }
}
