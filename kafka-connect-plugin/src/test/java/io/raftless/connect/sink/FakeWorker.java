package io.raftless.connect.sink;

import io.raftless.connect.convert.ConvertOptions;
import io.raftless.connect.convert.LogFormat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * Plays Connect's worker with a task: a rewind is applied before the next poll and right after
 * open, put is called with what a poll gave, also with nothing.
 */
final class FakeWorker implements SinkTaskContext, AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final FakeKafka kafka;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Map<TopicPartition, OffsetAndMetadata> current = new HashMap<>();
  private final Map<TopicPartition, Long> rewinds = new HashMap<>();
  private final Set<TopicPartition> assignment = new LinkedHashSet<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private final @Nullable ErrantRecordReporter reporter;
  final SinkEngine engine;
  int maxPoll = 50;

  FakeWorker(FakeKafka kafka, SinkSettings settings, LongSupplier clock) {
    this(kafka, settings, clock, null);
  }

  FakeWorker(
      FakeKafka kafka,
      SinkSettings settings,
      LongSupplier clock,
      @Nullable ErrantRecordReporter reporter) {
    this.kafka = kafka;
    this.reporter = reporter;
    this.engine = new SinkEngine(settings, format(), kafka, this, clock);
  }

  static LogFormat format() {
    return ConvertOptions.format(
        new AbstractConfig(ConvertOptions.define(new ConfigDef()), Map.of(), false));
  }

  void assign(TopicPartition... ids) {
    assign(List.of(ids));
  }

  void assign(List<TopicPartition> ids) {
    assignWithoutOpening(ids);
    engine.open(ids);
    rewind();
  }

  /** What a rebalance does that is woken up before it calls open. */
  void assignWithoutOpening(List<TopicPartition> ids) {
    assignment.addAll(ids);
    for (TopicPartition id : ids) {
      long position = kafka.committed.getOrDefault(id, 0L);
      positions.put(id, position);
      current.put(id, new OffsetAndMetadata(position));
    }
  }

  /** A rebalance takes partitions away, with a last commit. */
  void revoke(Collection<TopicPartition> ids) {
    commit(ids);
    drop(ids);
  }

  /** The session is over: no last commit. */
  void lose(Collection<TopicPartition> ids) {
    drop(ids);
  }

  private void drop(Collection<TopicPartition> ids) {
    engine.close(ids);
    current.keySet().removeAll(ids);
    positions.keySet().removeAll(ids);
    paused.removeAll(ids);
    assignment.removeAll(ids);
  }

  void commit() {
    commit(assignment);
  }

  private void commit(Collection<TopicPartition> ids) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(current);
    offsets.keySet().retainAll(ids);
    engine
        .preCommit(offsets)
        .forEach(
            (id, offset) -> {
              OffsetAndMetadata delivered = offsets.get(id);
              if (delivered != null && offset.offset() <= delivered.offset()) {
                kafka.committed.put(id, offset.offset());
              }
            });
  }

  private void rewind() {
    rewinds.forEach(
        (id, offset) -> {
          positions.put(id, offset);
          current.put(id, new OffsetAndMetadata(offset));
        });
    rewinds.clear();
  }

  /** What a poll gave. */
  record Polled(List<SinkRecord> records, Map<TopicPartition, OffsetAndMetadata> offsets) {}

  Polled poll() {
    rewind();
    List<SinkRecord> records = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (TopicPartition id : assignment) {
      if (paused.contains(id)) {
        continue;
      }
      long position = kafka.reset(id, positions.getOrDefault(id, 0L));
      for (long offset : kafka.fetch(id, position, maxPoll)) {
        position = offset + 1;
        offsets.put(id, new OffsetAndMetadata(position));
        if (!kafka.isFiltered(id, offset)) {
          records.add(kafka.record(id, offset));
        }
      }
      positions.put(id, position);
    }
    return new Polled(records, offsets);
  }

  void deliver(Polled polled) {
    engine.put(polled.records());
    current.putAll(polled.offsets());
  }

  /** One turn of the worker. */
  void turn() {
    deliver(poll());
  }

  /** Turns until something is so. */
  void turnUntil(String what, BooleanSupplier isSo) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never: " + what);
      }
      turn();
      // What a poll without records takes.
      LockSupport.parkNanos(500_000);
    }
  }

  boolean isPaused(TopicPartition id) {
    return paused.contains(id);
  }

  boolean is(TopicPartition id, PartitionState state) {
    return engine.state(id).orElseThrow() == state;
  }

  @Override
  public void close() {
    engine.stop();
  }

  @Override
  public Map<String, String> configs() {
    return Map.of();
  }

  @Override
  public void offset(Map<TopicPartition, Long> offsets) {
    rewinds.putAll(offsets);
  }

  @Override
  public void offset(TopicPartition id, long offset) {
    rewinds.put(id, offset);
  }

  @Override
  public void timeout(long timeoutMs) {
    if (timeoutMs <= 0) {
      throw new AssertionError("a poll of " + timeoutMs + " ms");
    }
  }

  @Override
  public Set<TopicPartition> assignment() {
    return assignment;
  }

  @Override
  public void pause(TopicPartition... partitions) {
    requireAssigned(partitions);
    paused.addAll(List.of(partitions));
  }

  @Override
  public void resume(TopicPartition... partitions) {
    requireAssigned(partitions);
    paused.removeAll(List.of(partitions));
  }

  private void requireAssigned(TopicPartition... partitions) {
    for (TopicPartition id : partitions) {
      if (!assignment.contains(id)) {
        throw new IllegalStateException(id + " is not assigned");
      }
    }
  }

  @Override
  public void requestCommit() {}

  @Override
  public @Nullable ErrantRecordReporter errantRecordReporter() {
    return reporter;
  }

  @Override
  public PluginMetrics pluginMetrics() {
    throw new NoSuchMethodError("an old worker");
  }
}
