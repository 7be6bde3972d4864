package io.raftless.connect.source;

import io.raftless.store.RequestCounts;
import java.util.LinkedHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task tells of itself, as Connect's plugin metrics (KIP-877); each is for one task, since
 * it started. Thread-safe.
 *
 * <ul>
 *   <li>{@value #RECORDS}: records handed to Connect. Flat although {@value #LAG} is not 0: look at
 *       {@value #STORE_FAILURES} and at the worker's own metrics.
 *   <li>{@value #BYTES}: of keys, values and headers in them, as they are in the log.
 *   <li>{@value #LAG}: records in the log that were not handed to Connect yet, over all partitions,
 *       as far as the ends are known, about once a second while the task polls. Rises: more tasks,
 *       or a faster topic.
 *   <li>{@value #TRIMMED}: records that were trimmed before they were read. Anything but 0 is data
 *       that the topic will never have: lengthen the log's retention.
 *   <li>{@value #POLLS}: how often Connect asked. Flat: the task is paused or stuck in a producer.
 *   <li>{@value #STORE_FAILURES}: how often a partition had to begin again because the store
 *       failed. Rising: see the store; the task fails after {@code retry.timeout.ms}.
 *   <li>{@value #PARTITIONS}: partitions being read now. Less than assigned: the others wait for
 *       the store, or their log was removed.
 *   <li>{@value #REQUESTS}: requests to the store; what they cost.
 * </ul>
 */
final class SourceMetrics {
  static final String RECORDS = "source-records-total";
  static final String BYTES = "source-bytes-total";
  static final String LAG = "source-lag-records";
  static final String TRIMMED = "source-trimmed-records-total";
  static final String POLLS = "source-polls-total";
  static final String STORE_FAILURES = "source-store-failures-total";
  static final String PARTITIONS = "source-partitions";
  static final String REQUESTS = "source-store-requests-total";

  private static final Logger LOG = LoggerFactory.getLogger(SourceMetrics.class);

  private final LongAdder records = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder trimmed = new LongAdder();
  private final LongAdder polls = new LongAdder();
  private final LongAdder storeFailures = new LongAdder();
  private volatile long lag;
  private volatile long partitions;

  void read(long moreRecords, long moreBytes) {
    records.add(moreRecords);
    bytes.add(moreBytes);
  }

  void trimmed(long more) {
    trimmed.add(more);
  }

  void polled() {
    polls.increment();
  }

  void storeFailed() {
    storeFailures.increment();
  }

  /** How things stand. */
  void now(long lagRecords, long partitionsRead) {
    lag = lagRecords;
    partitions = partitionsRead;
  }

  /**
   * Registers them, if the worker knows such metrics: workers before 4.1 do not.
   *
   * @param requests what the store was asked
   */
  void register(SourceTaskContext context, Supplier<RequestCounts> requests) {
    try {
      PluginMetrics plugin = context.pluginMetrics();
      if (plugin == null) {
        return;
      }
      register(plugin, RECORDS, "Records handed to Connect", records::sum);
      register(plugin, BYTES, "Bytes of keys, values and headers in them", bytes::sum);
      register(plugin, LAG, "Records in the log not handed to Connect yet", () -> lag);
      register(plugin, TRIMMED, "Records trimmed before they were read", trimmed::sum);
      register(plugin, POLLS, "Polls by Connect", polls::sum);
      register(plugin, STORE_FAILURES, "Partitions begun again for the store", storeFailures::sum);
      register(plugin, PARTITIONS, "Partitions being read", () -> partitions);
      register(plugin, REQUESTS, "Requests to the store", () -> requests.get().total());
    } catch (NoSuchMethodError | NoClassDefFoundError e) {
      LOG.info("This worker has no metrics of plugins; they come with Kafka 4.1", e);
    }
  }

  private static void register(
      PluginMetrics plugin, String name, String description, LongSupplier value) {
    plugin.addMetric(
        plugin.metricName(name, description, new LinkedHashMap<>()),
        (Gauge<Long>) (config, now) -> value.getAsLong());
  }
}
