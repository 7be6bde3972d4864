package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.RaftlessSinkConnector;
import io.raftless.connect.RaftlessSourceConnector;
import io.raftless.format.LogRecord;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.converters.ByteArrayConverter;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.util.clusters.EmbeddedConnectCluster;

/** The topics, logs and connectors of one test, with names that no other test has. */
final class Flow implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final ConnectCluster cluster;
  private final String name;
  private final ObjectStore store;
  private final List<String> connectors = new ArrayList<>();

  Flow(ConnectCluster cluster) {
    this.cluster = cluster;
    this.name = "flow" + COUNT.incrementAndGet();
    this.store = cluster.store().open();
  }

  EmbeddedConnectCluster connect() {
    return cluster.connect();
  }

  ObjectStore store() {
    return store;
  }

  /** A name of this test only. */
  String name(String suffix) {
    return name + "-" + suffix;
  }

  /** Creates a topic. It keeps everything: timestamps of tests are long ago. */
  String topic(String suffix, int partitions) {
    connect().kafka().createTopic(name(suffix), partitions, 1, Map.of("retention.ms", "-1"));
    return name(suffix);
  }

  LogId logId(String log) {
    return LogId.of(name, log);
  }

  /** The options of a sink from topics to logs of the same names, bytes as they are. */
  Map<String, String> sink(String topics) {
    Map<String, String> options = common(RaftlessSinkConnector.class);
    options.put("topics", topics);
    options.put("kafka.bootstrap.servers", connect().kafka().bootstrapServers());
    options.put("flush.linger.ms", "200");
    options.put("retry.backoff.ms", "100");
    options.put("fenced.retry.ms", "500");
    return options;
  }

  /** The options of a source from logs to topics with "-copy" behind their names. */
  Map<String, String> source(String logs) {
    Map<String, String> options = common(RaftlessSourceConnector.class);
    options.put("logs", logs);
    options.put("topic.format", "${log}-copy");
    options.put("exactly.once.support", "required");
    options.put("group.commit.interval.ms", "0");
    return options;
  }

  private Map<String, String> common(Class<?> connector) {
    Map<String, String> options = cluster.storeOptions(name);
    options.put("connector.class", connector.getName());
    options.put("tasks.max", "2");
    for (String kind : List.of("key", "value", "header")) {
      options.put(kind + ".converter", ByteArrayConverter.class.getName());
    }
    return options;
  }

  /** Creates a connector, and waits until its tasks run. */
  String start(String suffix, Map<String, String> options) throws Exception {
    String connector = create(suffix, options);
    awaitRunning(connector);
    return connector;
  }

  /** Creates a connector. */
  String create(String suffix, Map<String, String> options) {
    String connector = name(suffix);
    connectors.add(connector);
    connect().configureConnector(connector, options);
    return connector;
  }

  /** Waits until a connector and its tasks run. */
  void awaitRunning(String connector) throws Exception {
    awaitTasks(connector, "RUNNING");
  }

  /** Waits until there are tasks, and all of them are in a state. */
  void awaitTasks(String connector, String state) throws Exception {
    await(
        () -> {
          ConnectorStateInfo info = connect().connectorStatus(connector);
          return !info.tasks().isEmpty()
              && info.tasks().stream().allMatch(task -> task.state().equals(state));
        },
        connector + " to be " + state);
  }

  /** Why the first task failed, once one has. */
  String awaitFailed(String connector) throws Exception {
    await(
        () ->
            connect().connectorStatus(connector).tasks().stream()
                .anyMatch(task -> task.state().equals("FAILED")),
        connector + " to fail");
    return connect().connectorStatus(connector).tasks().stream()
        .filter(task -> task.state().equals("FAILED"))
        .map(ConnectorStateInfo.TaskState::trace)
        .findFirst()
        .orElseThrow();
  }

  /** Stops a connector, and waits until its tasks are gone. */
  void stop(String connector) throws Exception {
    connect().stopConnector(connector);
    connect().assertions().assertConnectorIsStopped(connector, connector + " does not stop");
  }

  /** What the connectors say of themselves. */
  private String told() {
    StringBuilder told = new StringBuilder();
    for (String connector : connectors) {
      ConnectorStateInfo info = connect().connectorStatus(connector);
      told.append(connector).append(' ').append(info.connector().state());
      info.tasks().forEach(t -> told.append(' ').append(t.state()).append(' ').append(t.trace()));
    }
    return told.toString();
  }

  /** Polls until something holds. */
  void await(Callable<Boolean> condition, String what) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Throwable last = null;
    while (System.nanoTime() < end) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (org.apache.kafka.connect.runtime.rest.errors.ConnectRestException
          | io.raftless.log.RaftlessException e) {
        // Not there yet, or a rebalance is under way.
        last = e;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("waited in vain for " + what + ": " + told(), last);
  }

  /** Produces, and waits until Kafka has it all. */
  void produce(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = connect().kafka().createProducer(Map.of())) {
      List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
      for (Future<RecordMetadata> one : sent) {
        var unused = one.get(60, TimeUnit.SECONDS);
      }
    }
  }

  /** Produces words, each under itself as the key. */
  void produce(String topic, int partition, List<String> words) throws Exception {
    produce(
        words.stream()
            .map(word -> new ProducerRecord<>(topic, partition, 1_000L, bytes(word), bytes(word)))
            .toList());
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Words with numbers. */
  static List<String> words(String prefix, int from, int to) {
    List<String> words = new ArrayList<>();
    for (int i = from; i < to; i++) {
      words.add(prefix + i);
    }
    return words;
  }

  /**
   * All that is in a partition of a topic, once there are so many; what comes a little later too.
   */
  List<ConsumerRecord<byte[], byte[]>> consume(String topic, int partition, int count) {
    Map<String, Object> options = new HashMap<>();
    options.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = connect().kafka().createConsumer(options)) {
      TopicPartition from = new TopicPartition(topic, partition);
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (records.size() < count && System.nanoTime() < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      consumer.poll(Duration.ofMillis(500)).forEach(records::add);
    }
    return records;
  }

  /** How many records all partitions of a log hold; 0 if there is none. */
  long count(String log) {
    try (RaftlessLog open = RaftlessLog.open(store, logId(log))) {
      return open.describe().join().partitions().stream().mapToLong(part -> part.records()).sum();
    }
  }

  /** Waits until a log holds at least so many records. */
  void awaitCount(String log, long count) throws Exception {
    await(() -> count(log) >= count, count + " records in " + log);
  }

  /** What is in a partition of a log. */
  List<LogRecord> read(String log, int partition) throws InterruptedException {
    List<LogRecord> records = new ArrayList<>();
    try (RaftlessLog open = RaftlessLog.open(store, logId(log));
        LogReader reader = open.newReader(ReaderOptions.defaults())) {
      long end = open.status(partition).join().nextOffset();
      reader.assign(partition, 0);
      while (records.size() < end) {
        Optional<ReadBatch> batch = reader.poll(Duration.ofSeconds(30));
        records.addAll(batch.orElseThrow().records());
      }
    }
    return records;
  }

  /** The values in a partition of a log. */
  List<String> texts(String log, int partition) throws InterruptedException {
    return read(log, partition).stream()
        .map(record -> record.value() == null ? "null" : text(record.value()))
        .toList();
  }

  /** What the head of a partition knows of the one who writes it. */
  WriterDescription writer(String log, int partition) {
    try (RaftlessLog open = RaftlessLog.open(store, logId(log))) {
      return open.describe().join().partitions().get(partition).writers().get(0);
    }
  }

  /** Nothing is damaged, and no batch is there twice. */
  void assertIntact(String log) {
    try (RaftlessLog open = RaftlessLog.open(store, logId(log))) {
      assertThat(open.verify(VerifyOptions.full()).findings()).isEmpty();
    }
  }

  @Override
  public void close() {
    try {
      connectors.forEach(connect()::deleteConnector);
    } finally {
      store.close();
    }
  }
}
