package io.raftless.demo.failure;

import io.raftless.demo.jvm.JvmReference;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * A two-phase sink whose committer dies when the plan says so. Everything else is the sink that it
 * is around, untouched.
 *
 * @param <T> type of the elements
 * @param <H> the state of the sink's writers
 * @param <W> what they stage
 * @param <C> what its committer commits
 */
public final class FailingSink<T, H, W, C>
    implements Sink<T>,
        SupportsWriterState<T, H>,
        SupportsCommitter<C>,
        SupportsPreCommitTopology<W, C> {
  private static final long serialVersionUID = 1L;

  private final SupportsWriterState<T, H> writing;
  private final SupportsCommitter<C> committing;
  private final SupportsPreCommitTopology<W, C> topology;
  private final Sink<T> sink;
  private final JvmReference<FailurePlan> plan;
  private final int headsBeforeDeath;

  // The types are those of one sink; which ones is its own affair.
  @SuppressWarnings("unchecked")
  private FailingSink(Sink<T> sink, JvmReference<FailurePlan> plan, int headsBeforeDeath) {
    this.writing = (SupportsWriterState<T, H>) sink;
    this.committing = (SupportsCommitter<C>) sink;
    this.topology = (SupportsPreCommitTopology<W, C>) sink;
    this.sink = sink;
    this.plan = plan;
    this.headsBeforeDeath = headsBeforeDeath;
  }

  /**
   * Wraps a sink.
   *
   * @param sink that has writer state, a committer and a pre-commit topology
   * @param partitions of the log: a commit that dies half done has committed about half of them
   * @throws ClassCastException if it has not
   */
  public static <T> FailingSink<T, ?, ?, ?> around(
      Sink<T> sink, JvmReference<FailurePlan> plan, int partitions) {
    return new FailingSink<T, Object, Object, Object>(sink, plan, Math.max(1, partitions / 2));
  }

  // Flink's interfaces say that any writer would do here, and that only this one can have state.
  @Override
  @SuppressWarnings("unchecked")
  public StatefulSinkWriter<T, H> createWriter(WriterInitContext context) throws IOException {
    return (StatefulSinkWriter<T, H>) sink.createWriter(context);
  }

  @Override
  public StatefulSinkWriter<T, H> restoreWriter(
      WriterInitContext context, Collection<H> recoveredState) throws IOException {
    return writing.restoreWriter(context, recoveredState);
  }

  @Override
  public SimpleVersionedSerializer<H> getWriterStateSerializer() {
    return writing.getWriterStateSerializer();
  }

  @Override
  public Committer<C> createCommitter(CommitterInitContext context) throws IOException {
    return new FailingCommitter<>(
        committing.createCommitter(context), plan.get(), headsBeforeDeath);
  }

  @Override
  public SimpleVersionedSerializer<C> getCommittableSerializer() {
    return committing.getCommittableSerializer();
  }

  @Override
  public DataStream<CommittableMessage<C>> addPreCommitTopology(
      DataStream<CommittableMessage<W>> committables) {
    return topology.addPreCommitTopology(committables);
  }

  @Override
  public SimpleVersionedSerializer<W> getWriteResultSerializer() {
    return topology.getWriteResultSerializer();
  }
}
