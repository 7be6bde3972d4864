package io.raftless.demo.failure;

import io.raftless.demo.jvm.JvmReference;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
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
 * @param <W> what the sink's writers stage
 * @param <C> what its committer commits
 */
public final class FailingSink<T, W, C>
    implements Sink<T>, SupportsCommitter<C>, SupportsPreCommitTopology<W, C> {
  private static final long serialVersionUID = 1L;

  private final Sink<T> sink;
  private final SupportsCommitter<C> committing;
  private final SupportsPreCommitTopology<W, C> topology;
  private final JvmReference<FailurePlan> plan;
  private final int headsBeforeDeath;

  private FailingSink(
      Sink<T> sink,
      SupportsCommitter<C> committing,
      SupportsPreCommitTopology<W, C> topology,
      JvmReference<FailurePlan> plan,
      int headsBeforeDeath) {
    this.sink = sink;
    this.committing = committing;
    this.topology = topology;
    this.plan = plan;
    this.headsBeforeDeath = headsBeforeDeath;
  }

  /**
   * Wraps a sink.
   *
   * @param partitions of the log: a commit that dies half done has committed about half of them
   */
  public static <
          T, W, C, S extends Sink<T> & SupportsCommitter<C> & SupportsPreCommitTopology<W, C>>
      FailingSink<T, W, C> around(S sink, JvmReference<FailurePlan> plan, int partitions) {
    return new FailingSink<>(sink, sink, sink, plan, Math.max(1, partitions / 2));
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    return sink.createWriter(context);
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
