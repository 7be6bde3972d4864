package io.raftless.connect;

import io.raftless.connect.source.Rounds;
import io.raftless.connect.source.SourceConfig;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.log.GroupPosition;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import io.raftless.log.StagerOptions;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.MetricValueProvider;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceConnectorContext;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.jspecify.annotations.Nullable;

/** A store with logs, and what a worker does for a source connector, without the worker. */
final class SourceBench implements AutoCloseable {
  static final String PREFIX = "team/logs";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final Store store = new Store();
  final Offsets offsets = new Offsets();
  final ConnectorContextFake connectorContext = new ConnectorContextFake();
  final ManualRounds rounds = new ManualRounds();
  final Transactions transactions = new Transactions();
  final Metrics metrics = new Metrics();
  final AtomicLong extraNanos = new AtomicLong();
  final Map<String, String> options = new HashMap<>();

  boolean definesTransactions;
  boolean isOldWorker;

  private final Function<SourceConfig, StoreFactory> stores = this::storeOf;
  private final List<Runnable> open = new ArrayList<>();

  SourceBench() {
    options.put("name", "copy");
    options.put("bucket", "any");
    options.put("prefix", PREFIX);
    options.put("logs", "orders");
    options.put("group.commit.interval.ms", "0");
  }

  private StoreFactory storeOf(SourceConfig config) {
    return () -> store;
  }

  SourceBench with(String option, String value) {
    options.put(option, value);
    return this;
  }

  SourceBench without(String option) {
    options.remove(option);
    return this;
  }

  static LogId id(String name) {
    return LogId.of(PREFIX, name);
  }

  RaftlessLog create(String name, int partitions) {
    RaftlessLog log = RaftlessLog.create(store, id(name), partitions);
    open.add(log::close);
    return log;
  }

  RaftlessLog open(String name) {
    RaftlessLog log = RaftlessLog.open(store, id(name));
    open.add(log::close);
    return log;
  }

  /** Appends one batch of records whose values are these words. */
  static void append(RaftlessLog log, int partition, String... words) throws InterruptedException {
    append(log, partition, Arrays.stream(words).map(SourceBench::record).toList());
  }

  static void append(RaftlessLog log, int partition, List<LogRecord> records)
      throws InterruptedException {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      for (LogRecord record : records) {
        stager.add(partition, record);
      }
      List<StagedBatch> batches = stager.stage().join().stream().flatMap(List::stream).toList();
      log.commit(partition, batches, null, null).join();
    }
  }

  static LogRecord record(String word) {
    return LogRecord.of(bytes("k" + word), bytes(word), 1_000);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static RecordHeader header(String name, byte @Nullable [] value) {
    return new RecordHeader(name, value);
  }

  static String word(SourceRecord record) {
    return new String((byte[]) record.value(), StandardCharsets.UTF_8);
  }

  static List<String> words(List<SourceRecord> records) {
    return records.stream().map(SourceBench::word).toList();
  }

  OptionalLong cursor(RaftlessLog log, int partition) {
    return log.group("copy").position(partition).join().offset();
  }

  GroupPosition position(RaftlessLog log, int partition) {
    return log.group("copy").position(partition).join();
  }

  RaftlessSourceConnector connector() {
    RaftlessSourceConnector connector = new RaftlessSourceConnector(stores, rounds);
    connector.initialize(connectorContext);
    open.add(connector::stop);
    return connector;
  }

  RaftlessSourceConnector startedConnector() {
    RaftlessSourceConnector connector = connector();
    connector.start(Map.copyOf(options));
    return connector;
  }

  /** A task that reads everything there is, after the connector's start. */
  RaftlessSourceTask startedTask() {
    RaftlessSourceConnector connector = startedConnector();
    RaftlessSourceTask task = task(connector.taskConfigs(1).get(0));
    connector.stop();
    return task;
  }

  RaftlessSourceTask task(Map<String, String> config) {
    LongSupplier nanos = () -> System.nanoTime() + extraNanos.get();
    RaftlessSourceTask task = new RaftlessSourceTask(stores, nanos);
    task.initialize(new TaskContextFake(config));
    task.start(config);
    open.add(task::stop);
    return task;
  }

  /** Polls until there are so many records; fails if there are not, or more. */
  static List<SourceRecord> read(RaftlessSourceTask task, int records) throws InterruptedException {
    List<SourceRecord> all = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (all.size() < records) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("only " + all.size() + " of " + records + ": " + words(all));
      }
      all.addAll(poll(task));
    }
    if (all.size() > records) {
      throw new AssertionError(all.size() + " instead of " + records + ": " + words(all));
    }
    return all;
  }

  static List<SourceRecord> poll(RaftlessSourceTask task) throws InterruptedException {
    List<SourceRecord> polled = task.poll();
    return polled == null ? List.of() : polled;
  }

  /** Polls until it fails. */
  static RuntimeException failure(RaftlessSourceTask task) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        task.poll();
      } catch (RuntimeException e) {
        return e;
      }
    }
    throw new AssertionError("the task did not fail");
  }

  @Override
  public void close() {
    open.forEach(Runnable::run);
  }

  /** A store in memory that stays when it is closed, and can be told to fail. */
  static final class Store extends ForwardingObjectStore {
    private volatile Predicate<String> failing = key -> false;
    private volatile Predicate<String> failingToWrite = key -> false;

    Store() {
      super(new MemoryObjectStore());
    }

    void failFor(Predicate<String> keys) {
      failing = keys;
    }

    void failToWrite(Predicate<String> keys) {
      failingToWrite = keys;
    }

    private boolean refusesToWrite(String key) {
      return failing.test(key) || failingToWrite.test(key);
    }

    void heal() {
      failingToWrite = key -> false;
      failing = key -> false;
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      return failing.test(key) ? failed(key) : super.get(key);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      return failing.test(key) ? failed(key) : super.getRange(key, offset, length);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      return refusesToWrite(key) ? failed(key) : super.putIfMatch(key, expected, body);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return refusesToWrite(key) ? failed(key) : super.putIfAbsent(key, body);
    }

    private static <T> CompletableFuture<T> failed(String key) {
      return CompletableFuture.failedFuture(
          StoreException.refused("refused by the test: " + key, new IOException("no")));
    }

    @Override
    public void close() {}
  }

  /**
   * Connect's offsets: by the bytes of source partitions, as its converters make them, so that the
   * order of keys matters as it does there.
   */
  static final class Offsets implements OffsetStorageReader {
    private final JsonConverter json = new JsonConverter();
    private final Map<ByteBuffer, Map<String, Object>> stored = new HashMap<>();

    Offsets() {
      json.configure(Map.of("schemas.enable", false), true);
    }

    private ByteBuffer key(Map<?, ?> partition) {
      return ByteBuffer.wrap(json.fromConnectData("", null, List.of("copy", partition)));
    }

    @SuppressWarnings("unchecked") // Source partitions and offsets have strings for keys.
    void store(SourceRecord record) {
      stored.put(key(record.sourcePartition()), (Map<String, Object>) record.sourceOffset());
    }

    void store(SourceRecord record, long next) {
      stored.put(key(record.sourcePartition()), Map.of("offset", next));
    }

    /** What Connect makes of what comes through its REST API. */
    @SuppressWarnings("unchecked") // As above.
    Map<String, ?> normalized(Map<String, ?> map) {
      return (Map<String, ?>) json.toConnectData("", json.fromConnectData("", null, map)).value();
    }

    /** What Connect does with altered offsets after the connector took them. */
    @SuppressWarnings("unchecked") // As above.
    void alter(Map<Map<String, ?>, Map<String, ?>> altered) {
      altered.forEach(
          (partition, offset) -> {
            if (offset == null) {
              stored.remove(key(partition));
            } else {
              stored.put(key(partition), (Map<String, Object>) offset);
            }
          });
    }

    void clear() {
      stored.clear();
    }

    @Override
    public <T> @Nullable Map<String, Object> offset(Map<String, T> partition) {
      return stored.get(key(partition));
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
        Collection<Map<String, T>> partitions) {
      Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
      for (Map<String, T> partition : partitions) {
        Map<String, Object> offset = offset(partition);
        if (offset != null) {
          found.put(partition, offset);
        }
      }
      return found;
    }
  }

  /** Which records end transactions. */
  static final class Transactions implements TransactionContext {
    final Set<SourceRecord> commits = new HashSet<>();

    @Override
    public void commitTransaction() {
      throw new AssertionError("the end of a poll is not a boundary of ours");
    }

    @Override
    public void commitTransaction(SourceRecord record) {
      commits.add(record);
    }

    @Override
    public void abortTransaction() {
      throw new AssertionError("nothing to abort");
    }

    @Override
    public void abortTransaction(SourceRecord record) {
      throw new AssertionError("nothing to abort");
    }
  }

  /** Metrics by name. */
  static final class Metrics implements PluginMetrics {
    private final Map<String, MetricValueProvider<?>> all = new HashMap<>();

    long value(String name) {
      @SuppressWarnings("unchecked") // All of ours are gauges of longs.
      Gauge<Long> gauge = (Gauge<Long>) all.get(name);
      if (gauge == null) {
        throw new AssertionError("no metric " + name + " but " + all.keySet());
      }
      return gauge.value(new MetricConfig(), 0);
    }

    @Override
    @SuppressWarnings("NonApiType") // Kafka's.
    public MetricName metricName(
        String name, String description, LinkedHashMap<String, String> tags) {
      return new MetricName(name, "plugins", description, tags);
    }

    @Override
    public void addMetric(MetricName metric, MetricValueProvider<?> value) {
      all.put(metric.name(), value);
    }

    @Override
    public void removeMetric(MetricName metric) {
      all.remove(metric.name());
    }

    @Override
    public Sensor addSensor(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void removeSensor(String name) {
      throw new UnsupportedOperationException();
    }
  }

  private final class TaskContextFake implements SourceTaskContext {
    private final Map<String, String> config;

    TaskContextFake(Map<String, String> config) {
      this.config = config;
    }

    @Override
    public Map<String, String> configs() {
      return config;
    }

    @Override
    public OffsetStorageReader offsetStorageReader() {
      return offsets;
    }

    @Override
    public @Nullable TransactionContext transactionContext() {
      return definesTransactions ? transactions : null;
    }

    @Override
    public PluginMetrics pluginMetrics() {
      if (isOldWorker) {
        throw new NoSuchMethodError("pluginMetrics, as workers before 4.1 say");
      }
      return metrics;
    }
  }

  /** What the connector asks of its worker. */
  final class ConnectorContextFake implements SourceConnectorContext {
    int reconfigurations;
    final List<Exception> raised = new ArrayList<>();

    @Override
    public void requestTaskReconfiguration() {
      reconfigurations++;
    }

    @Override
    public void raiseError(Exception e) {
      raised.add(e);
    }

    @Override
    public OffsetStorageReader offsetStorageReader() {
      return offsets;
    }

    @Override
    public PluginMetrics pluginMetrics() {
      return metrics;
    }
  }

  /** Rounds when the test wants one. */
  static final class ManualRounds implements Rounds {
    private @Nullable Supplier<Optional<Duration>> round;
    boolean isRunning;

    @Override
    public Running begin(Duration first, Supplier<Optional<Duration>> what) {
      round = what;
      isRunning = true;
      return () -> isRunning = false;
    }

    Optional<Duration> next() {
      Supplier<Optional<Duration>> begun = round;
      if (begun == null) {
        throw new AssertionError("no rounds");
      }
      return begun.get();
    }
  }
}
