package io.raftless.bench.flink;

import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Usage;
import io.raftless.bench.kafka.BenchBroker;
import io.raftless.bench.kafka.LogFilling;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.flink.sink.RaftlessSink;
import io.raftless.format.Compression;
import io.raftless.format.SegmentSettings;
import io.raftless.log.LogId;
import io.raftless.log.PartitionStatus;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagerOptions;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.RollingPolicy;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;

/**
 * What the experiments with Flink have in common: a store, a broker, a cluster, and jobs that write
 * generated records to them.
 */
final class FlinkStage {
  /** Of a value. */
  static final int BYTES = 1024;

  private static final String PREFIX = "bench";

  /**
   * As in {@code kafka-append}: large batches, and as much memory as the stagers of our two writers
   * have together.
   */
  private static final int KAFKA_BATCH_BYTES = 256 << 10;

  private static final int KAFKA_LINGER_MILLIS = 20;

  /** Less than the 15 minutes that a broker allows, and more than any of the jobs takes. */
  private static final int KAFKA_TRANSACTION_MILLIS = 600_000;

  private final long seed;
  private final EmbeddedS3Process server;
  private final S3Settings settings;
  private final ObjectStore store;
  private final BenchBroker broker;
  private final FlinkCluster cluster;

  private FlinkStage(
      long seed,
      EmbeddedS3Process server,
      S3Settings settings,
      ObjectStore store,
      BenchBroker broker,
      FlinkCluster cluster) {
    this.seed = seed;
    this.server = server;
    this.settings = settings;
    this.store = store;
    this.broker = broker;
    this.cluster = cluster;
  }

  /** Starts all of it, which ends with the stage. */
  static FlinkStage start(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    S3Settings settings = Stage.settings(server).build();
    ObjectStore store = stage.add(settings.open());
    BenchBroker broker = BenchBroker.start(stage);
    return new FlinkStage(
        stage.seed(), server, settings, store, broker, FlinkCluster.start(stage, server));
  }

  S3Settings settings() {
    return settings;
  }

  EmbeddedS3Process server() {
    return server;
  }

  BenchBroker broker() {
    return broker;
  }

  FlinkCluster cluster() {
    return cluster;
  }

  static LogId log(String name) {
    return LogId.of(PREFIX, name);
  }

  Path files(String name) {
    return new Path("s3://" + server.bucket() + "/" + PREFIX + "/" + name);
  }

  /** Deletes a log or a folder of files. */
  void delete(String name) {
    StoredObjects.delete(store, PREFIX + "/" + name + "/");
  }

  /** Writes records to a log, which is made; not compressed, like the others. */
  Usage.Used writeLog(String name, long records) throws Exception {
    return writeLog(
        name, settings, records, StagerOptions.defaults().withCompression(Compression.NONE));
  }

  /** The same with other options, and by a client with other settings. */
  Usage.Used writeLog(String name, S3Settings sinkSettings, long records, StagerOptions options)
      throws Exception {
    LogId id = log(name);
    try (RaftlessLog log = RaftlessLog.create(store, id, LogFilling.PARTITIONS)) {
      Sink<byte[]> sink =
          RaftlessSink.<byte[]>builder()
              .setStore(sinkSettings)
              .setLog(id)
              .setSinkId(PREFIX)
              .setSerializer(RaftlessSerializer.value(new Bytes()))
              .setStagerOptions(options)
              .build();
      Usage.Used usage = write(sink, name, records);
      long written = 0;
      for (int partition = 0; partition < log.partitions(); partition++) {
        PartitionStatus status = log.status(partition).join();
        written += status.nextOffset();
      }
      requireAll(name, records, written);
      return usage;
    }
  }

  /** Writes records into a log and compacts it, so that it is as it is some time later. */
  void writeCompactedLog(String name, long records) throws Exception {
    writeLog(name, records);
    CompactionOptions usual = CompactionOptions.defaults().forced();
    CompactionOptions options =
        new CompactionOptions(
            usual.segmentBytes(),
            new SegmentSettings(
                usual.blocks().blockBytes(), Compression.NONE, Compression.DEFAULT_ZSTD_LEVEL),
            usual.minBytes(),
            usual.maxEntries(),
            usual.maxAge(),
            usual.isForced(),
            usual.maxSources(),
            usual.segmentsPerRound());
    try (RaftlessLog log = RaftlessLog.open(store, log(name))) {
      for (int partition = 0; partition < log.partitions(); partition++) {
        log.compact(partition, options);
      }
    }
    // As vacuum does later: the store has its objects in memory.
    StoredObjects.deleteBatches(store, log(name));
  }

  /** Writes records to files. */
  Usage.Used writeFiles(String name, long records, RollingPolicy<byte[], String> policy)
      throws Exception {
    Sink<byte[]> sink =
        FileSink.forRowFormat(files(name), new Frames.Writing())
            .withBucketAssigner(new BasePathBucketAssigner<>())
            .withRollingPolicy(policy)
            .build();
    Usage.Used usage = write(sink, name, records);
    requireAll(
        name,
        records,
        StoredObjects.bytes(store, PREFIX + "/" + name + "/") / (Frames.OVERHEAD + BYTES));
    return usage;
  }

  /** Writes records to a topic, in transactions. */
  Usage.Used writeTopic(String topic, long records) throws Exception {
    broker.create(topic, LogFilling.PARTITIONS);
    Sink<byte[]> sink =
        KafkaSink.<byte[]>builder()
            .setBootstrapServers(broker.address())
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<byte[]>builder()
                    .setTopic(topic)
                    .setValueSerializationSchema(new Bytes())
                    .build())
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(topic)
            .setProperty("transaction.timeout.ms", Integer.toString(KAFKA_TRANSACTION_MILLIS))
            .setProperty("acks", "all")
            .setProperty("batch.size", Integer.toString(KAFKA_BATCH_BYTES))
            .setProperty("linger.ms", Integer.toString(KAFKA_LINGER_MILLIS))
            .setProperty("buffer.memory", Integer.toString(32 << 20))
            .build();
    Usage.Used usage = write(sink, topic, records);
    requireAll(topic, records, Math.min(records, broker.end(topic, LogFilling.PARTITIONS)));
    return usage;
  }

  private Usage.Used write(Sink<byte[]> sink, String name, long records) throws Exception {
    Generated.reset();
    StreamExecutionEnvironment environment = cluster.checkpointed();
    environment
        .fromSource(
            new DataGeneratorSource<>(new Generated(seed, BYTES), records, Bytes.TYPE),
            WatermarkStrategy.noWatermarks(),
            "generator")
        .sinkTo(sink)
        .name("sink");
    return cluster.run(
        environment, "write " + name, () -> Generated.isMade(records, FlinkCluster.PARALLELISM));
  }

  /**
   * What so many records have cost. Not what was allocated: threads of a job are gone when it ends.
   */
  static Sample sample(long records, Usage.Used usage) {
    return usage
        .throughput(records, records * BYTES)
        .and(Metric.RECORDS_PER_CORE, records / (usage.cpuNanos() / 1e9));
  }

  private static void requireAll(String name, long records, long written) {
    if (written != records) {
      throw new IllegalStateException(
          name + " has " + written + " records: " + records + " were to be written");
    }
  }
}
