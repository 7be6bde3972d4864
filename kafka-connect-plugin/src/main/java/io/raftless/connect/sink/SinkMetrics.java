package io.raftless.connect.sink;

import io.raftless.log.LogStatistics;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task counts, and what it means to an operator. Written by the task's thread, read by any.
 */
public final class SinkMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(SinkMetrics.class);

  final AtomicLong records = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  final AtomicLong appends = new AtomicLong();
  final AtomicLong objects = new AtomicLong();
  final AtomicLong appendsInFlight = new AtomicLong();
  final AtomicLong fences = new AtomicLong();
  final AtomicLong losses = new AtomicLong();
  final AtomicLong rewinds = new AtomicLong();
  final AtomicLong discarded = new AtomicLong();
  final AtomicLong duplicates = new AtomicLong();
  final AtomicLong rejected = new AtomicLong();
  final AtomicLong tombstonesSkipped = new AtomicLong();
  final AtomicLong bufferedBytes = new AtomicLong();
  final AtomicLong lastAppendMillis = new AtomicLong();
  private final Map<PartitionState, AtomicLong> states = new ConcurrentHashMap<>();

  void entered(PartitionState state) {
    states.computeIfAbsent(state, unused -> new AtomicLong()).incrementAndGet();
  }

  void left(PartitionState state) {
    states.computeIfAbsent(state, unused -> new AtomicLong()).decrementAndGet();
  }

  long partitions(PartitionState state) {
    AtomicLong count = states.get(state);
    return count == null ? 0 : count.get();
  }

  /** Registers all of them, if the worker can (KIP-877: since Kafka 4.1). */
  void register(SinkTaskContext context, Supplier<LogStatistics> logs) {
    PluginMetrics metrics;
    try {
      metrics = context.pluginMetrics();
    } catch (LinkageError e) {
      LOG.info("this worker has no metrics for plugins, there are none of the sink");
      return;
    }
    if (metrics != null) {
      register(metrics, logs);
    }
  }

  void register(PluginMetrics metrics, Supplier<LogStatistics> logs) {
    add(metrics, "records-total", "Records appended to logs.", records::get);
    add(metrics, "bytes-total", "Their bytes before compression.", bytes::get);
    add(
        metrics,
        "appends-total",
        "Appends: one conditional write each. Many with few records: raise flush.linger.ms.",
        appends::get);
    add(
        metrics,
        "objects-total",
        "Objects uploaded. Small ones (bytes-total by this): raise flush.linger.ms.",
        objects::get);
    add(metrics, "appends-in-flight", "Appends that wait for the store.", appendsInFlight::get);
    add(
        metrics,
        "last-append-ms",
        "How long the last append took. Minutes: the store is in trouble.",
        lastAppendMillis::get);
    add(
        metrics,
        "fences-total",
        "How often somebody else acquired a partition of this task. It happens in rebalances; if it"
            + " goes on, two connectors have the same sink.id.",
        fences::get);
    add(
        metrics,
        "losses-total",
        "How often a partition was acquired anew, since an upload or append failed or Kafka is not"
            + " what it was.",
        losses::get);
    add(
        metrics,
        "rewinds-total",
        "How often the consumer was sent to the stored position: once per partition and rebalance"
            + " is usual.",
        rewinds::get);
    add(
        metrics,
        "records-discarded-total",
        "Records that were dropped before they were in the log, and are read again.",
        discarded::get);
    add(
        metrics,
        "records-duplicate-total",
        "Records that came again and were dropped.",
        duplicates::get);
    add(
        metrics,
        "records-rejected-total",
        "Records that went to the error reporter: look at the dead letter queue.",
        rejected::get);
    add(
        metrics,
        "tombstones-skipped-total",
        "Records without a value that were left out (tombstones=skip).",
        tombstonesSkipped::get);
    add(
        metrics,
        "buffered-bytes",
        "In memory, not uploaded. At buffer.bytes all partitions pause: the store is too slow.",
        bufferedBytes::get);
    for (PartitionState state : PartitionState.values()) {
      if (state != PartitionState.CLOSED) {
        add(
            metrics,
            "partitions-" + state.name().toLowerCase(Locale.ROOT),
            "Partitions of this task that are "
                + state
                + (state == PartitionState.OPEN ? "." : "; nothing of them is read meanwhile."),
            () -> partitions(state));
      }
    }
    add(
        metrics,
        "cas-conflicts-total",
        "Conditional writes that lost against another writer and were decided again: other writers"
            + " of the same log partitions.",
        () -> logs.get().casConflicts());
    add(
        metrics,
        "unknowns-resolved-total",
        "Writes whose answer got lost, and of which it was found out what became of them.",
        () -> logs.get().unknownsResolved());
    add(
        metrics,
        "unknowns-left-total",
        "Writes of which it was not found out in time; their partitions are acquired anew.",
        () -> logs.get().unknownsLeft());
  }

  private static void add(
      PluginMetrics metrics, String name, String description, LongSupplier value) {
    Gauge<Long> gauge = (config, now) -> value.getAsLong();
    metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), gauge);
  }
}
