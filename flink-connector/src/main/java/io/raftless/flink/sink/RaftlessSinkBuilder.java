package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.log.WriterOptions;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.Objects;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link RaftlessSink}. Required: store, log, serializer, and for exactly
 * once the sink id.
 *
 * <p>Not thread-safe. Setters throw {@link IllegalArgumentException} for values that make no sense,
 * {@link #build} throws {@link IllegalStateException} for what is missing; messages name the option
 * and what to do.
 *
 * @param <T> type of the elements
 */
public final class RaftlessSinkBuilder<T> {
  private static final int MAX_PARTITIONS = 10_000;
  private static final int MAX_SINK_ID_LENGTH = 200;

  private @Nullable StoreFactory store;
  private @Nullable LogId log;
  private int createWithPartitions;
  private @Nullable String sinkId;
  private @Nullable RaftlessSerializer<T> serializer;
  private RaftlessPartitioner<T> partitioner = RaftlessPartitioner.byKey();
  private DeliveryGuarantee guarantee = DeliveryGuarantee.EXACTLY_ONCE;
  private @Nullable StagerOptions stagerOptions;
  private @Nullable WriterOptions writerOptions;
  private Duration commitTimeout = Duration.ofMinutes(2);
  private OnRewind onRewind = OnRewind.FAIL;
  private Duration partitionDiscoveryInterval = Duration.ofMinutes(5);
  private boolean compactAfterCommit;

  RaftlessSinkBuilder() {}

  /** The object store. Required. */
  public RaftlessSinkBuilder<T> setStore(StoreFactory store) {
    this.store = Objects.requireNonNull(store, "store");
    return this;
  }

  /** The log to write. Required. */
  public RaftlessSinkBuilder<T> setLog(LogId log) {
    this.log = Objects.requireNonNull(log, "log");
    return this;
  }

  /**
   * Creates the log with so many partitions if it is missing. By default a missing log stops the
   * job. A log that exists is used as it is.
   *
   * @param partitions 1 to 10,000
   */
  public RaftlessSinkBuilder<T> setCreateLogWithPartitions(int partitions) {
    if (partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "createLogWithPartitions " + partitions + ": choose 1 to " + MAX_PARTITIONS);
    }
    this.createWithPartitions = partitions;
    return this;
  }

  /**
   * What a failure of the job does to its records. Default: exactly once.
   *
   * <ul>
   *   <li>{@code EXACTLY_ONCE}: records become visible with the checkpoint that covers them, once.
   *       Needs a sink id, and checkpointing unless the input is bounded.
   *   <li>{@code AT_LEAST_ONCE}: records are appended as they come, some of them again after a
   *       failure. A checkpoint waits until all records before it are in the log; a record that
   *       cannot be appended fails the job over. Without checkpointing only the end of the input
   *       waits, so a failure loses what is in memory; on unbounded input a warning says so.
   *   <li>{@code NONE}: the same, but checkpoints do not wait, and records that cannot be appended
   *       are counted ({@code numRecordsSendErrors}), told in the log of the task manager, and
   *       lost. The end of the input waits. Only the deletion of the log fails the job.
   * </ul>
   *
   * <p>The last two write without a sink id: nothing keeps a second job, or an old one that still
   * runs somewhere, from writing the same records.
   */
  public RaftlessSinkBuilder<T> setDeliveryGuarantee(DeliveryGuarantee guarantee) {
    this.guarantee = Objects.requireNonNull(guarantee, "guarantee");
    return this;
  }

  /**
   * The name under which this sink writes the log, the same over all restarts and upgrades of the
   * job. Required for exactly once, and refused for the other guarantees, which would not keep what
   * it promises. Whoever starts a second job with the same sink id on the same log stops the first
   * one for good, and two sinks of one job need two ids.
   *
   * @param sinkId 1 to 200 characters
   */
  public RaftlessSinkBuilder<T> setSinkId(String sinkId) {
    if (sinkId.isBlank() || sinkId.length() > MAX_SINK_ID_LENGTH) {
      throw new IllegalArgumentException(
          "sinkId '" + sinkId + "': choose 1 to " + MAX_SINK_ID_LENGTH + " characters, not blank");
    }
    this.sinkId = sinkId;
    return this;
  }

  /** Makes records of elements. Required. */
  public RaftlessSinkBuilder<T> setSerializer(RaftlessSerializer<T> serializer) {
    this.serializer = Objects.requireNonNull(serializer, "serializer");
    return this;
  }

  /** Chooses partitions. Default: {@link RaftlessPartitioner#byKey}. */
  public RaftlessSinkBuilder<T> setPartitioner(RaftlessPartitioner<T> partitioner) {
    this.partitioner = Objects.requireNonNull(partitioner, "partitioner");
    return this;
  }

  /**
   * How each writer buffers and compresses, of exactly once only. Default: {@link
   * StagerOptions#defaults}.
   */
  public RaftlessSinkBuilder<T> setStagerOptions(StagerOptions stagerOptions) {
    this.stagerOptions = Objects.requireNonNull(stagerOptions, "stagerOptions");
    return this;
  }

  /**
   * How each writer buffers and compresses, of at least once and none. Default: {@link
   * WriterOptions#defaults}.
   *
   * @param writerOptions that block when memory is full, which is how the sink holds back its input
   */
  public RaftlessSinkBuilder<T> setWriterOptions(WriterOptions writerOptions) {
    if (writerOptions.onFull() != WriterOptions.OnFull.BLOCK) {
      throw new IllegalArgumentException(
          "writerOptions with onFull "
              + writerOptions.onFull()
              + ": a sink waits when memory is full, choose BLOCK");
    }
    this.writerOptions = writerOptions;
    return this;
  }

  /**
   * Compacts partitions in the background after a commit, when the settings of the log say that it
   * is due; of exactly once only. It takes memory of one task manager: a segment (128 MiB unless
   * the log says otherwise) and 16 MiB. Failures are told and counted and do not fail the job. When
   * the input ends, the job waits for what is due, at most the commit time-out. Default: false;
   * then somebody else compacts the log ({@code RaftlessLog.compactAll}), or nobody.
   */
  public RaftlessSinkBuilder<T> setCompactAfterCommit(boolean compactAfterCommit) {
    this.compactAfterCommit = compactAfterCommit;
    return this;
  }

  /**
   * How long a commit is tried again while the store does not answer, before the job fails over
   * (and tries again from its checkpoint). Default: 2 minutes.
   *
   * @param commitTimeout more than zero
   */
  public RaftlessSinkBuilder<T> setCommitTimeout(Duration commitTimeout) {
    if (commitTimeout.isZero() || commitTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "commitTimeout " + commitTimeout + ": choose more than zero, better 10 seconds or more");
    }
    this.commitTimeout = commitTimeout;
    return this;
  }

  /**
   * What to do when the job is restored from a checkpoint or savepoint after which this sink id has
   * committed more, which will be in the log twice if the input is replayed. Default: {@link
   * OnRewind#FAIL}. A start without state is no restore and always goes on.
   */
  public RaftlessSinkBuilder<T> setOnRewind(OnRewind onRewind) {
    this.onRewind = Objects.requireNonNull(onRewind, "onRewind");
    return this;
  }

  /**
   * How often writers look for partitions that were added to the log, with one request each: at
   * checkpoints, or, if they are not exactly once, while there are records to write. From then on
   * they write to the new ones, too; a key may belong to another partition then. Default: 5
   * minutes.
   *
   * @param partitionDiscoveryInterval zero to use those that there were when the job started
   */
  public RaftlessSinkBuilder<T> setPartitionDiscoveryInterval(Duration partitionDiscoveryInterval) {
    if (partitionDiscoveryInterval.isNegative()) {
      throw new IllegalArgumentException(
          "partitionDiscoveryInterval "
              + partitionDiscoveryInterval
              + ": choose zero (off) or more, better a minute or more");
    }
    this.partitionDiscoveryInterval = partitionDiscoveryInterval;
    return this;
  }

  /**
   * Makes the sink, and with it a new submission: once its job has started, no submission of this
   * sink id that started before commits any more. Build one sink for each submission: jobs that
   * share one object (or one compiled job graph) are taken for attempts of one submission and not
   * fenced against each other.
   *
   * @throws IllegalStateException if a required option is missing, or one is set that means nothing
   *     with the delivery guarantee
   */
  public RaftlessSink<T> build() {
    return guarantee == DeliveryGuarantee.EXACTLY_ONCE ? twoPhase() : writeThrough();
  }

  private RaftlessSink<T> twoPhase() {
    requireUnset(writerOptions != null, "writerOptions", "use setStagerOptions(StagerOptions)");
    SinkSettings<T> settings =
        new SinkSettings<>(
            required(store, "store", "setStore(StoreFactory)"),
            required(log, "log", "setLog(LogId)"),
            createWithPartitions,
            required(
                sinkId,
                "sinkId",
                "setSinkId(String), a name that stays over restarts. Exactly once needs it: under"
                    + " it the log knows what this job has written, and keeps older runs of the"
                    + " job from writing. Or choose another setDeliveryGuarantee"),
            Submission.newId(),
            required(serializer, "serializer", "setSerializer(RaftlessSerializer)"),
            partitioner,
            stagerOptions == null ? StagerOptions.defaults() : stagerOptions,
            commitTimeout,
            onRewind,
            partitionDiscoveryInterval);
    return compactAfterCommit ? new CompactingSink<>(settings) : new TwoPhaseSink<>(settings);
  }

  private RaftlessSink<T> writeThrough() {
    requireUnset(
        sinkId != null,
        "sinkId",
        "it would promise that older runs of the job are kept from writing, which only"
            + " exactly-once does: leave it out");
    requireUnset(stagerOptions != null, "stagerOptions", "use setWriterOptions(WriterOptions)");
    requireUnset(
        compactAfterCommit,
        "compactAfterCommit",
        "nothing is committed at checkpoints: compact with RaftlessLog.compactAll()");
    return new WriteThroughSink<>(
        new WriteThroughSettings<>(
            required(store, "store", "setStore(StoreFactory)"),
            required(log, "log", "setLog(LogId)"),
            createWithPartitions,
            guarantee,
            required(serializer, "serializer", "setSerializer(RaftlessSerializer)"),
            partitioner,
            writerOptions == null ? WriterOptions.defaults() : writerOptions,
            partitionDiscoveryInterval));
  }

  private void requireUnset(boolean isSet, String option, String advice) {
    if (isSet) {
      throw new IllegalStateException(
          option + " is set, but the delivery guarantee is " + guarantee + ": " + advice);
    }
  }

  private static <V> V required(@Nullable V value, String option, String setter) {
    if (value == null) {
      throw new IllegalStateException(option + " is missing: call " + setter);
    }
    return value;
  }
}
