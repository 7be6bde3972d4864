package io.raftless.flink.source;

import io.raftless.flink.lineage.LogLineage;
import io.raftless.flink.metrics.StoreMeter;
import io.raftless.log.LogId;
import io.raftless.store.ObjectStore;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.jspecify.annotations.Nullable;

/**
 * Reads logs, bounded or unbounded: every partition is a split, or several ranges of it are, and a
 * reader subtask reads all its splits with one thread. Offsets are part of Flink's checkpoints, so
 * each record is emitted exactly once into the state of the job. Elements carry the timestamps of
 * their records.
 *
 * <p>Immutable.
 *
 * @param <T> type of the elements
 */
public final class RaftlessSource<T>
    implements Source<T, RaftlessSplit, EnumeratorState>,
        ResultTypeQueryable<T>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;

  private final SourceSettings<T> settings;

  RaftlessSource(SourceSettings<T> settings) {
    this.settings = settings;
  }

  /** Starts building a source. */
  public static <T> RaftlessSourceBuilder<T> builder() {
    return new RaftlessSourceBuilder<>();
  }

  @Override
  public Boundedness getBoundedness() {
    return settings.isBounded() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return settings.deserializer().getProducedType();
  }

  @Override
  public SourceReader<T, RaftlessSplit> createReader(SourceReaderContext context) {
    ReaderMetrics metrics = new ReaderMetrics(context.metricGroup());
    StoreMeter meter = StoreMeter.of(context.metricGroup());
    @Nullable String group = settings.group();
    @Nullable GroupCommits commits =
        group == null
            ? null
            : new GroupCommits(() -> GroupCursors.open(open(meter), group), metrics);
    return new RaftlessSourceReader<>(
        () -> LogSplitReader.open(settings, metrics, () -> open(meter)),
        settings,
        commits,
        metrics,
        context);
  }

  private ObjectStore open(StoreMeter meter) {
    return meter.measured(settings.store().open());
  }

  @Override
  public SplitEnumerator<RaftlessSplit, EnumeratorState> createEnumerator(
      SplitEnumeratorContext<RaftlessSplit> context) {
    return restoreEnumerator(context, EnumeratorState.initial());
  }

  @Override
  public SplitEnumerator<RaftlessSplit, EnumeratorState> restoreEnumerator(
      SplitEnumeratorContext<RaftlessSplit> context, EnumeratorState state) {
    StoreMeter meter = StoreMeter.of(context.metricGroup());
    return new RaftlessSplitEnumerator(
        context, settings, state, new LogDiscovery(settings, () -> open(meter)));
  }

  @Override
  public SimpleVersionedSerializer<RaftlessSplit> getSplitSerializer() {
    return new SplitSerializer(settings.subscription());
  }

  @Override
  public SimpleVersionedSerializer<EnumeratorState> getEnumeratorCheckpointSerializer() {
    return new EnumeratorStateSerializer(settings.subscription());
  }

  /** The logs, for data catalogues; none for a pattern, of which only a running job knows them. */
  @Override
  public LineageVertex getLineageVertex() {
    List<LogId> logs =
        settings.subscription() instanceof Subscription.Listed listed ? listed.logs() : List.of();
    return LogLineage.source(settings.store(), logs, getBoundedness());
  }

  @Override
  public String toString() {
    return "RaftlessSource[log=" + settings.subscription() + ", " + getBoundedness() + "]";
  }
}
