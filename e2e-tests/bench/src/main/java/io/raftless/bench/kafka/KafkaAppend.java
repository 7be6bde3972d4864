package io.raftless.bench.kafka;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Target;
import io.raftless.bench.raw.RawContestants;
import io.raftless.bench.raw.RawS3;
import io.raftless.bench.raw.RawStore;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.ChecksumMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Appending, next to Kafka's own producer. */
public final class KafkaAppend implements Experiment {
  private static final double GOAL = 1.5;

  /** What the store takes at most: nobody who signs and sends it as many bytes is faster. */
  private static final String LIMIT = "raw PUT of 8 MiB";

  /** Kafka's wire format has a CRC-32C of each batch, and nothing else that is hashed. */
  private static final String SIGNED_BY_CRC = ", signed by CRC-32";

  private static final int OBJECT_BYTES = 8 << 20;
  private static final int UPLOADS = 4;

  /**
   * As much memory as our writer has, and batches that use it: what one who wants throughput sets.
   */
  static final List<String> TUNED =
      List.of("batch.size=262144", "linger.ms=20", "buffer.memory=" + (64 << 20));

  @Override
  public String name() {
    return "kafka-append";
  }

  @Override
  public String question() {
    return "How fast are records appended, next to Kafka's own producer performance tool with"
        + " acks=all?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    ObjectStore crcStore =
        stage.add(
            Stage.settings(server).checksumMode(ChecksumMode.CRC_INSTEAD_OF_SHA256).build().open());
    BenchBroker broker = BenchBroker.start(stage);
    KafkaTools tools = stage.add(KafkaTools.open());
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    int objects = stage.size().pick(4, 32, 128);
    contestants.add(
        RawContestants.put(
            LIMIT,
            stage.add(new RawS3(server, UPLOADS)),
            store,
            objects,
            OBJECT_BYTES,
            stage.seed()));
    contestants.add(
        RawContestants.put(
            LIMIT + SIGNED_BY_CRC,
            stage.add(new RawStore(crcStore, UPLOADS)),
            store,
            objects,
            OBJECT_BYTES,
            stage.seed()));
    for (Shape shape : shapes(stage)) {
      Payloads payloads = new Payloads(stage.seed(), shape.bytes());
      Path file = broker.payloadFile("payloads-" + shape.bytes() + ".txt", payloads);
      String ours = "Raftless, " + shape.label();
      String signedByCrc = "Raftless" + SIGNED_BY_CRC + ", " + shape.label();
      String usual = "Raftless with its defaults (zstd), " + shape.label();
      String lz4 = "Raftless with lz4, " + shape.label();
      String theirs = "Kafka, " + shape.label();
      String tuned = "Kafka with large batches, " + shape.label();
      contestants.add(
          Contestant.of(ours, round -> append(store, shape, payloads, LogFilling.NOT_COMPRESSED)));
      contestants.add(
          Contestant.of(
              signedByCrc, round -> append(crcStore, shape, payloads, LogFilling.NOT_COMPRESSED)));
      contestants.add(
          Contestant.of(usual, round -> append(store, shape, payloads, WriterOptions.defaults())));
      contestants.add(
          Contestant.of(
              lz4,
              round ->
                  append(
                      store,
                      shape,
                      payloads,
                      WriterOptions.defaults().withCompression(Compression.LZ4))));
      contestants.add(
          Contestant.of(theirs, round -> produce(broker, tools, shape, file, List.of())));
      contestants.add(Contestant.of(tuned, round -> produce(broker, tools, shape, file, TUNED)));
      targets.add(
          Target.atLeast(usual + " against " + theirs, shape.metric(), usual, theirs, GOAL));
      for (String yardstick : List.of(theirs, tuned)) {
        for (String who : List.of(ours, signedByCrc, lz4)) {
          targets.add(
              Target.atLeast(who + " against " + yardstick, shape.metric(), who, yardstick, GOAL));
        }
      }
    }
    return new Contest(contestants, targets);
  }

  private static List<Shape> shapes(Stage stage) {
    return List.of(
        new Shape(
            "1 KiB", 1024, stage.size().pick(100_000L, 200_000L, 1_000_000L), Metric.THROUGHPUT),
        new Shape(
            "100 B", 100, stage.size().pick(300_000L, 1_000_000L, 6_000_000L), Metric.RECORDS));
  }

  private static Sample append(
      ObjectStore store, Shape shape, Payloads payloads, WriterOptions options)
      throws InterruptedException {
    LogId id = LogId.of("bench", "append-" + shape.bytes());
    try (RaftlessLog log = RaftlessLog.create(store, id, LogFilling.PARTITIONS)) {
      return LogFilling.fill(log, shape.records(), shape.bytes(), payloads, options);
    } finally {
      StoredObjects.delete(store, "bench/" + id.name() + "/");
    }
  }

  private static Sample produce(
      BenchBroker broker, KafkaTools tools, Shape shape, Path payloads, List<String> properties)
      throws InterruptedException {
    String topic = "append-" + shape.bytes() + "-" + System.nanoTime();
    broker.create(topic, LogFilling.PARTITIONS);
    try {
      return tools.produce(broker, topic, shape.records(), shape.bytes(), payloads, properties);
    } finally {
      broker.delete(topic);
    }
  }

  /** Records of one size. */
  private record Shape(String label, int bytes, long records, Metric metric) {}
}
