package io.raftless.flink.source;

import io.raftless.id.Name;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Either;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link RaftlessSource}. Required: store, deserializer, and which logs
 * to read: one of {@link #setLog}, {@link #setLogs} and {@link #setLogPattern}, the last call
 * counts.
 *
 * <p>Not thread-safe. {@link #build} throws {@link IllegalStateException} for what is missing or
 * does not fit together; setters throw {@link IllegalArgumentException} for values that are never
 * right. Messages name the option and what to do.
 *
 * @param <T> type of the elements
 */
public final class RaftlessSourceBuilder<T> {
  private static final Duration DEFAULT_DISCOVERY_INTERVAL = Duration.ofMinutes(1);

  private @Nullable StoreFactory store;
  private @Nullable Subscription subscription;
  private StartPosition start = StartPosition.earliest();
  private @Nullable StopPosition stop;
  private @Nullable RaftlessDeserializer<T> deserializer;
  private ReaderOptions readerOptions = ReaderOptions.defaults();
  private @Nullable String group;
  private @Nullable Boolean isGroupCommitted;
  private Duration discoveryInterval = DEFAULT_DISCOVERY_INTERVAL;
  private OnRemoved onRemoved = OnRemoved.FAIL;
  private OnPoison onPoison = OnPoison.FAIL;
  private int rangesPerPartition = 1;
  private @Nullable Set<Integer> partitions;

  RaftlessSourceBuilder() {}

  /** The object store. Required. */
  public RaftlessSourceBuilder<T> setStore(StoreFactory store) {
    this.store = Objects.requireNonNull(store, "store");
    return this;
  }

  /** The log to read; it must exist when the job starts. */
  public RaftlessSourceBuilder<T> setLog(LogId log) {
    return setLogs(List.of(Objects.requireNonNull(log, "log")));
  }

  /**
   * The logs to read; they must exist when the job starts.
   *
   * @throws IllegalArgumentException if there are none, or one is there twice
   */
  public RaftlessSourceBuilder<T> setLogs(List<LogId> logs) {
    this.subscription = new Subscription.Listed(logs);
    return this;
  }

  /**
   * Reads all logs directly below a prefix whose names match, those that are created while the job
   * runs included, if it discovers. There may be none when the job starts.
   *
   * @param prefix of keys, without leading or trailing slash; "" for the root of the bucket
   * @param names must match all of a log's name
   * @throws IllegalArgumentException if the prefix cannot be one
   */
  public RaftlessSourceBuilder<T> setLogPattern(String prefix, Pattern names) {
    this.subscription = new Subscription.Matching(prefix, Objects.requireNonNull(names, "names"));
    return this;
  }

  /** Where to start without a checkpoint. Default: {@link StartPosition#earliest}. */
  public RaftlessSourceBuilder<T> setStartPosition(StartPosition start) {
    this.start = Objects.requireNonNull(start, "startPosition");
    return this;
  }

  /** Makes the source bounded: where to stop. By default it reads on forever. */
  public RaftlessSourceBuilder<T> setStopPosition(StopPosition stop) {
    this.stop = Objects.requireNonNull(stop, "stopPosition");
    return this;
  }

  /** Makes elements of records. Required. */
  public RaftlessSourceBuilder<T> setDeserializer(RaftlessDeserializer<T> deserializer) {
    this.deserializer = Objects.requireNonNull(deserializer, "deserializer");
    return this;
  }

  /**
   * A consumer group whose cursors follow the job, see {@link #setCommitGroupOnCheckpoint}. It says
   * nothing about where to start: that is {@link StartPosition#group}. Default: none.
   *
   * <p>If the log's retention settings name the group, records that the job has not read stay.
   *
   * @throws IllegalArgumentException if it cannot be the name of a group
   */
  public RaftlessSourceBuilder<T> setGroup(String name) {
    this.group = Name.require("group", name);
    return this;
  }

  /**
   * Whether the group's cursors are moved to what was read when a checkpoint completes: for
   * monitoring and retention. It happens in the background, never moves a cursor back, and never
   * fails the job. After a failure the job goes on from its checkpoint, wherever the cursors are.
   * Default: true if there is a group.
   */
  public RaftlessSourceBuilder<T> setCommitGroupOnCheckpoint(boolean isCommitted) {
    this.isGroupCommitted = isCommitted;
    return this;
  }

  /**
   * How often to look for new logs and partitions, and for removed ones. What is new is read from
   * its start, whatever the start position is. A bounded source looks once, when the job starts.
   * Default: 1 minute.
   *
   * @param interval zero to look only when the job starts, or starts again
   * @throws IllegalArgumentException if it is negative, or shorter than a millisecond and not zero
   */
  public RaftlessSourceBuilder<T> setDiscoveryInterval(Duration interval) {
    if (interval.isNegative() || (!interval.isZero() && interval.toMillis() == 0)) {
      throw new IllegalArgumentException(
          "discoveryInterval "
              + interval
              + ": choose zero to look only when the job starts, or 1 ms or longer");
    }
    this.discoveryInterval = interval;
    return this;
  }

  /** What to do when a log is not there any more. Default: {@link OnRemoved#FAIL}. */
  public RaftlessSourceBuilder<T> setOnRemoved(OnRemoved onRemoved) {
    this.onRemoved = Objects.requireNonNull(onRemoved, "onRemoved");
    return this;
  }

  /**
   * What to do with a record that cannot be deserialized. Default: {@link OnPoison#FAIL}. To have
   * such records in a stream of their own, see {@link #buildStream}.
   */
  public RaftlessSourceBuilder<T> setOnPoison(OnPoison onPoison) {
    this.onPoison = Objects.requireNonNull(onPoison, "onPoison");
    return this;
  }

  /**
   * Reads each partition as several ranges of offsets, side by side. For bounded sources. Readers
   * ask for one range after the other, so that who is fast reads more. The order of a partition
   * holds within a range only, and watermarks are those of the ranges that are being read. Default:
   * 1, every partition in order.
   *
   * @param ranges 1 to 10,000; fewer are made of a partition with fewer records
   * @throws IllegalArgumentException if it is out of range
   */
  public RaftlessSourceBuilder<T> setRangesPerPartition(int ranges) {
    if (ranges < 1 || ranges > 10_000) {
      throw new IllegalArgumentException("rangesPerPartition " + ranges + ": choose 1 to 10000");
    }
    this.rangesPerPartition = ranges;
    return this;
  }

  /**
   * Reads only these partitions, of every log. What a checkpoint or savepoint remembers of others
   * is still read. Default: all.
   *
   * @param partitions by number; at least one, not negative; those that a log does not have are no
   *     error
   * @throws IllegalArgumentException if there are none, or one is negative
   */
  public RaftlessSourceBuilder<T> setPartitions(Set<Integer> partitions) {
    if (partitions.isEmpty()) {
      throw new IllegalArgumentException(
          "setPartitions was called with no partitions: name at least one, or leave the call out to"
              + " read all");
    }
    for (int partition : partitions) {
      if (partition < 0) {
        throw new IllegalArgumentException(
            "setPartitions was called with partition " + partition + ": partitions count from 0");
      }
    }
    this.partitions = Set.copyOf(partitions);
    return this;
  }

  /**
   * How each reader fetches ahead and polls, and what it does when an offset was trimmed. The
   * memory is that of a reader subtask, over all its logs and partitions. Default: {@link
   * ReaderOptions#defaults}.
   */
  public RaftlessSourceBuilder<T> setReaderOptions(ReaderOptions readerOptions) {
    this.readerOptions = Objects.requireNonNull(readerOptions, "readerOptions");
    return this;
  }

  /**
   * Makes the source.
   *
   * @throws IllegalStateException if a required option is missing, or options do not fit together
   */
  public RaftlessSource<T> build() {
    return new RaftlessSource<>(settings());
  }

  /** What {@link #build} makes a source of. */
  SourceSettings<T> settings() {
    return settings(
        required(deserializer, "deserializer", "setDeserializer(RaftlessDeserializer)"), onPoison);
  }

  /**
   * Makes a stream of the elements, with a side output of the records that cannot be deserialized
   * and without those in the stream itself. {@link #setOnPoison} does not count.
   *
   * <p>It is the source, and an operator behind it that takes the two apart, in one chain. To get
   * the side output: {@code stream.getSideOutput(poison)}.
   *
   * @param watermarks by the elements; poison records do not move them
   * @param name of the source, which is its uid, too; the operator's uid is that with {@code
   *     -poison} behind it
   * @param poison see {@link PoisonRecord#tag}
   * @throws IllegalStateException if a required option is missing, or options do not fit together
   */
  public SingleOutputStreamOperator<T> buildStream(
      StreamExecutionEnvironment env,
      WatermarkStrategy<T> watermarks,
      String name,
      OutputTag<PoisonRecord> poison) {
    RaftlessDeserializer<T> elements =
        required(deserializer, "deserializer", "setDeserializer(RaftlessDeserializer)");
    RaftlessSource<Either<T, PoisonRecord>> source =
        new RaftlessSource<>(settings(new PoisonCapture<>(elements), OnPoison.FAIL));
    return env.fromSource(source, new ElementWatermarks<>(watermarks), name)
        .uid(name)
        .process(new PoisonSplitter<>(poison), elements.getProducedType())
        .name(name + " poison")
        .uid(name + "-poison");
  }

  private <E> SourceSettings<E> settings(RaftlessDeserializer<E> elements, OnPoison policy) {
    if (group == null && Boolean.TRUE.equals(isGroupCommitted)) {
      throw new IllegalStateException(
          "commitGroupOnCheckpoint is true, but there is no group: call setGroup(String)");
    }
    return new SourceSettings<>(
        required(store, "store", "setStore(StoreFactory)"),
        required(subscription, "log", "setLog(LogId), setLogs or setLogPattern"),
        start,
        stop,
        elements,
        readerOptions,
        Boolean.FALSE.equals(isGroupCommitted) ? null : group,
        discoveryInterval,
        onRemoved,
        policy,
        rangesPerPartition,
        partitions);
  }

  private static <V> V required(@Nullable V value, String option, String setter) {
    if (value == null) {
      throw new IllegalStateException(option + " is missing: call " + setter);
    }
    return value;
  }
}
