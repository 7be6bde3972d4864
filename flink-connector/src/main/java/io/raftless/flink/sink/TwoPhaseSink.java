package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.util.Collection;
import org.apache.flink.api.common.SupportsConcurrentExecutionAttempts;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.transformations.PartitionTransformation;
import org.jspecify.annotations.Nullable;

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
    implements SupportsWriterState<T, History>,
        SupportsCommitter<StagedObject>,
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
  public StatefulSinkWriter<T, History> createWriter(WriterInitContext context) throws IOException {
    OpenLog log = OpenLog.of(settings);
    return writer(
        context, log, History.beginning(log.log().incarnation(), settings.submissionId()));
  }

  /**
   * Without state, although the job is restored, if the sink is new in the job, or if a rescale has
   * none for this subtask.
   */
  @Override
  public StatefulSinkWriter<T, History> restoreWriter(
      WriterInitContext context, Collection<History> recoveredState) throws IOException {
    if (recoveredState.isEmpty() || context.getRestoredCheckpointId().isEmpty()) {
      return createWriter(context);
    }
    History restored = History.longest(recoveredState);
    OpenLog log = OpenLog.existing(settings);
    if (!restored.incarnation().equals(log.log().incarnation())) {
      log.close();
      throw CommitFailure.otherIncarnation(settings, null);
    }
    return writer(
        context,
        log,
        restored.restoredBy(
            settings.submissionId(), context.getRestoredCheckpointId().getAsLong()));
  }

  private StagingWriter<T> writer(WriterInitContext context, OpenLog log, History history)
      throws IOException {
    try {
      UserCode.open(context, settings.serializer(), settings.partitioner());
      log.registerMetricsOfWriter(context.metricGroup());
      return new StagingWriter<>(
          settings,
          log,
          history,
          context.getTaskInfo().getIndexOfThisSubtask(),
          context.metricGroup(),
          System::nanoTime);
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
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
    SingleOutputStreamOperator<CommittableMessage<StagedObject>> stamped =
        committables
            .map(
                new CheckpointStamp(CheckpointingRequirement.isWholeInput(committables)),
                committables.getType())
            .name("Checkpoint stamp");
    if (uidOfWriter(committables.getTransformation()) != null) {
      // Flink puts the uid of the sink before it. Without one it refuses ours, and with automatic
      // ones switched off it refuses an operator that has none.
      stamped.uid("Checkpoint stamp");
    }
    return stamped.global();
  }

  private static @Nullable String uidOfWriter(Transformation<?> committables) {
    Transformation<?> writer = committables;
    while (writer instanceof PartitionTransformation<?> exchange) {
      writer = exchange.getInputs().get(0);
    }
    return writer.getUid();
  }

  @Override
  public Committer<StagedObject> createCommitter(CommitterInitContext context) throws IOException {
    Run run = Run.of(context);
    HeadCommitter committer =
        new HeadCommitter(
            settings, run, Clock.systemUTC(), log -> log.registerMetrics(context.metricGroup()));
    if (context.getTaskInfo().getIndexOfThisSubtask() == 0
        && run.restoredCheckpointId().isEmpty()) {
      // The older submission must be fenced as soon as we run, not at our first checkpoint. With
      // restored state the committer must see that first, with which Flink calls it right after
      // this. The idle subtasks have no reason to.
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
  public SimpleVersionedSerializer<History> getWriterStateSerializer() {
    return new HistorySerializer();
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
