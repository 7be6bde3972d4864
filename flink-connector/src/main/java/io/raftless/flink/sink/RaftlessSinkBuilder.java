package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link RaftlessSink}. Required: store, log, sink id, serializer.
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
  private StagerOptions stagerOptions = StagerOptions.defaults();
  private Duration commitTimeout = Duration.ofMinutes(2);
  private OnRewind onRewind = OnRewind.FAIL;
  private Duration partitionDiscoveryInterval = Duration.ofMinutes(5);

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
   * The name under which this sink writes the log, the same over all restarts and upgrades of the
   * job. Required. Whoever starts a second job with the same sink id on the same log stops the
   * first one for good, and two sinks of one job need two ids.
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

  /** How each writer buffers and compresses. Default: {@link StagerOptions#defaults}. */
  public RaftlessSinkBuilder<T> setStagerOptions(StagerOptions stagerOptions) {
    this.stagerOptions = Objects.requireNonNull(stagerOptions, "stagerOptions");
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
   * How often writers look for partitions that were added to the log: at checkpoints, with one
   * request of each writer. From the next checkpoint on they write to the new ones, too; a key may
   * belong to another partition then. Default: 5 minutes.
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
   * @throws IllegalStateException if a required option is missing
   */
  public RaftlessSink<T> build() {
    return new RaftlessSink<>(
        new SinkSettings<>(
            required(store, "store", "setStore(StoreFactory)"),
            required(log, "log", "setLog(LogId)"),
            createWithPartitions,
            required(sinkId, "sinkId", "setSinkId(String), a name that stays over restarts"),
            Submission.newId(),
            required(serializer, "serializer", "setSerializer(RaftlessSerializer)"),
            partitioner,
            stagerOptions,
            commitTimeout,
            onRewind,
            partitionDiscoveryInterval));
  }

  private static <V> V required(@Nullable V value, String option, String setter) {
    if (value == null) {
      throw new IllegalStateException(option + " is missing: call " + setter);
    }
    return value;
  }
}
