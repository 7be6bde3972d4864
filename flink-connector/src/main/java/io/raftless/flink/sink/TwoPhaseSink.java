package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.flink.api.common.SupportsConcurrentExecutionAttempts;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The exactly-once sink.
 *
 * <p>Flink may run several attempts of one writer at the same time (speculative execution of batch
 * jobs). That is sound: writers only upload, and only the committables of the attempt that finished
 * first reach the committer. What the others uploaded is in no log and is removed by vacuum. The
 * committer itself is never run speculatively.
 *
 * @param <T> type of the elements
 */
sealed class TwoPhaseSink<T> extends RaftlessSink<T>
    implements SupportsCommitter<StagedObject>,
        SupportsPreCommitTopology<StagedObject, StagedObject>,
        SupportsConcurrentExecutionAttempts
    permits CompactingSink {
  private static final long serialVersionUID = 1L;

  private final SinkSettings<T> settings;

  TwoPhaseSink(SinkSettings<T> settings) {
    this.settings = settings;
  }

  @Override
  final StoreFactory store() {
    return settings.store();
  }

  @Override
  final LogId log() {
    return settings.log();
  }

  @Override
  final DeliveryGuarantee guarantee() {
    return DeliveryGuarantee.EXACTLY_ONCE;
  }

  /** The holder of the sink id while a job of this sink runs. */
  String submissionId() {
    return settings.submissionId();
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    UserCode.open(context, settings.serializer(), settings.partitioner());
    OpenLog log = OpenLog.of(settings);
    log.registerMetricsOfWriter(context.metricGroup());
    return new StagingWriter<>(
        settings, log, context.getTaskInfo().getIndexOfThisSubtask(), context.metricGroup());
  }

  /**
   * All committables go to committer subtask 0, which so owns all heads: a checkpoint is committed
   * with one conditional write per partition. Routing them by partition would not work: Flink sends
   * the summaries of a checkpoint to one channel only, and at a rescale it hands restored
   * committables out by old subtask and commits them before any routing (design §10).
   */
  @Override
  public DataStream<CommittableMessage<StagedObject>> addPreCommitTopology(
      DataStream<CommittableMessage<StagedObject>> committables) {
    CheckpointingRequirement.check(settings, committables);
    return committables.global();
  }

  @Override
  public Committer<StagedObject> createCommitter(CommitterInitContext context) throws IOException {
    OpenLog log = OpenLog.of(settings);
    log.registerMetrics(context.metricGroup());
    HeadCommitter committer = new HeadCommitter(settings, log);
    if (context.getTaskInfo().getIndexOfThisSubtask() == 0) {
      // Flink commits restored committables right after this; and the older submission must be
      // fenced as soon as we run, not at our first checkpoint. The idle subtasks have no reason to.
      acquire(committer);
    }
    return new MeasuredCommitter(committer, context.metricGroup());
  }

  private static void acquire(HeadCommitter committer) throws IOException {
    try {
      committer.acquire();
    } catch (InterruptedException e) {
      committer.close();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the sink id was acquired");
    } catch (IOException | RuntimeException e) {
      committer.close();
      throw e;
    }
  }

  @Override
  public SimpleVersionedSerializer<StagedObject> getCommittableSerializer() {
    return new StagedObjectSerializer();
  }

  @Override
  public SimpleVersionedSerializer<StagedObject> getWriteResultSerializer() {
    return new StagedObjectSerializer();
  }

  @Override
  public String toString() {
    return "RaftlessSink[log=" + settings.log() + ", sinkId=" + settings.sinkId() + "]";
  }
}
