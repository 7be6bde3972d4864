package io.raftless.bench.connect;

import io.raftless.bench.Metric;
import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import io.raftless.bench.Usage;
import io.raftless.bench.kafka.BenchBroker;
import io.raftless.bench.kafka.KafkaTools;
import io.raftless.bench.kafka.LogFilling;
import io.raftless.connectcluster.ConnectRest;
import io.raftless.connectcluster.ConnectWorker;
import io.raftless.connectcluster.KafkaHome;
import io.raftless.connectcluster.Patience;
import io.raftless.connectcluster.RoundTripConnectors;
import io.raftless.connectcluster.WorkerSettings;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * What the experiments with Connect have in common: a store, a broker, and one worker, each in a
 * process of its own, with the plugin directory of our build and Kafka's connectors for files.
 * Broker and worker have the JVM that Kafka's start scripts make. Each connector has one task: more
 * than one cannot read or write one file.
 */
final class ConnectStage {
  /** Of a value. */
  static final int BYTES = 1024;

  private static final String PREFIX = "bench";
  private static final long CPU_TICK_NANOS = 10_000_000;

  /** As {@code connect-distributed.sh} has it. */
  private static final String WORKER_HEAP = "2g";

  /** What is to be seen of a measurement is over long before that. */
  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(3));

  /** A worker, its producers and the broker are twice as slow in the first six rounds. */
  private static final int FULL_WARM_UPS = 6;

  /** Connect's default; our sink does not wait for it, and neither does the one for files. */
  private static final Duration OFFSET_FLUSH = Duration.ofSeconds(60);

  /** Or the producer, with one request of 16 KiB at a time, would be all that is measured. */
  private static final Map<String, String> PRODUCER =
      Map.of("producer.batch.size", "262144", "producer.linger.ms", "5");

  private final EmbeddedS3Process server;
  private final ObjectStore store;
  private final BenchBroker broker;
  private final KafkaTools tools;
  private final ConnectWorker worker;
  private final Path folder;
  private final Payloads payloads;
  private final Path payloadFile;

  private ConnectStage(
      EmbeddedS3Process server,
      ObjectStore store,
      BenchBroker broker,
      KafkaTools tools,
      ConnectWorker worker,
      Path folder,
      Payloads payloads,
      Path payloadFile) {
    this.server = server;
    this.store = store;
    this.broker = broker;
    this.tools = tools;
    this.worker = worker;
    this.folder = folder;
    this.payloads = payloads;
    this.payloadFile = payloadFile;
  }

  static int warmUps(Size size) {
    return size.pick(size.warmUps(), size.warmUps(), FULL_WARM_UPS);
  }

  /** Starts all of it, which ends with the stage. */
  static ConnectStage start(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    BenchBroker broker = BenchBroker.start(stage);
    KafkaHome home = KafkaHome.fromProperties();
    WorkerSettings settings =
        new WorkerSettings(PREFIX, WORKER_HEAP, Duration.ofSeconds(10), OFFSET_FLUSH, PRODUCER)
            .asInProduction()
            .with(
                Map.of(
                    "plugin.path",
                    home.plugins() + "," + KafkaTools.yardsticks().resolve("plugins"),
                    // As it is by default: transactions would make both wait for the broker.
                    "exactly.once.source.support",
                    "disabled"));
    ConnectWorker worker =
        stage.add(
            ConnectWorker.start(
                home, "worker", stage.folder().resolve("worker"), broker.broker(), settings));
    Payloads payloads = new Payloads(stage.seed(), BYTES);
    return new ConnectStage(
        server,
        store,
        broker,
        stage.add(KafkaTools.open()),
        worker,
        stage.folder(),
        payloads,
        broker.payloadFile("payloads.txt", payloads));
  }

  BenchBroker broker() {
    return broker;
  }

  ConnectRest rest() {
    return worker.rest();
  }

  ObjectStore store() {
    return store;
  }

  Payloads payloads() {
    return payloads;
  }

  static LogId log(String name) {
    return LogId.of(PREFIX, name);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Options of our connectors. */
  Map<String, String> ours(Map<String, String> more) {
    Map<String, String> options =
        new TreeMap<>(
            RoundTripConnectors.store(
                server.bucket(),
                server.endpoint().toString(),
                server.region(),
                server.accessKeyId(),
                server.secretAccessKey()));
    options.put("prefix", PREFIX);
    options.put("tasks.max", "1");
    // The log has bytes, and so has the topic.
    options.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
    options.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
    options.putAll(more);
    return options;
  }

  /** Options of Kafka's connectors for files. */
  static Map<String, String> files(Map<String, String> more) {
    Map<String, String> options = new TreeMap<>();
    options.put("tasks.max", "1");
    // Lines are strings; of what Connect has for these, that is the cheapest.
    options.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    options.put("value.converter", "org.apache.kafka.connect.storage.StringConverter");
    options.putAll(more);
    return options;
  }

  /** Starts a connector that has one task. */
  void start(String connector, Map<String, String> options) throws InterruptedException {
    rest().configure(connector, options);
    rest().awaitRunning(connector, 1);
  }

  /** Produces records to a topic. */
  void produce(String topic, long records) {
    tools.produce(
        broker, topic, records, BYTES, payloadFile, List.of("batch.size=262144", "linger.ms=20"));
  }

  /** The sum of all end offsets of a log. */
  static long end(RaftlessLog log) {
    long end = 0;
    for (int partition = 0; partition < log.partitions(); partition++) {
      end += log.status(partition).join().nextOffset();
    }
    return end;
  }

  /** The sum of all end offsets of a topic. */
  long end(String topic) {
    try {
      return broker.end(topic, LogFilling.PARTITIONS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Lets a paused or stopped connector go on, and waits until all is where it is to be. */
  Sample resume(String connector, long records, LongSupplier there, long goal)
      throws InterruptedException {
    Duration cpuBefore = cpuOfWorker();
    Usage usage = Usage.begin();
    rest().resume(connector);
    awaitAll(connector, there, goal);
    Usage.Used used = usage.end();
    long cpuNanos = cpuOfWorker().minus(cpuBefore).toNanos();
    // A hundredth of a second is the smallest that the operating system tells.
    return used.throughput(records, records * BYTES)
        .and(Metric.RECORDS_PER_CORE, records / (Math.max(CPU_TICK_NANOS, cpuNanos) / 1e9));
  }

  private Duration cpuOfWorker() {
    return ProcessHandle.of(worker.pid())
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow(() -> new IllegalStateException("the worker has ended" + worker.logTail()));
  }

  /** Waits until all is where it is to be. */
  void awaitAll(String connector, LongSupplier there, long goal) throws InterruptedException {
    boolean unused =
        PATIENCE.await(
            connector + " having done all of its work",
            () -> {
              if (there.getAsLong() >= goal) {
                return Optional.of(true);
              }
              if (!worker.isAlive()) {
                throw new IllegalStateException("the worker has ended" + worker.logTail());
              }
              return Optional.empty();
            });
    rest().requireNotFailed(connector);
  }
}
