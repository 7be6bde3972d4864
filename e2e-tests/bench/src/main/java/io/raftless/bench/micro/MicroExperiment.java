package io.raftless.bench.micro;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.format.Compression;
import io.raftless.format.Json;
import io.raftless.index.IndexShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Batches and heads, encoded and decoded, without a log around them: by JMH, each in a JVM of its
 * own, next to a copy with a checksum of the same bytes.
 */
public final class MicroExperiment implements Experiment {
  private static final int LARGE = 1 << 10;
  private static final int SMALL = 100;
  private static final Metric HEADS = new Metric("heads", "1/s");

  private static final int WARM_UPS = 8;

  /** There is more code to warm up in what reads and writes JSON. */
  private static final int HEAD_WARM_UPS = 13;

  /** Of the yardstick; records are copied into arrays that are used again. */
  private static final double LEAST_ENCODING = 0.5;

  /** Records that are read are new arrays, where the yardstick has always the same one. */
  private static final double LEAST_DECODING = 0.33;

  private static final String COPY = "copy and CRC32C";

  @Override
  public String name() {
    return "micro";
  }

  @Override
  public String question() {
    return "What do a batch of 2 MiB and a full head cost to encode and to decode, against one copy"
        + " and one CRC32C of the bytes of the batch?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    Map<String, String> largeRecords = Map.of("recordBytes", Integer.toString(LARGE));
    long batchBytes = (long) BatchBenchmark.count(LARGE) * LARGE;
    Jmh copy = new Jmh(stage, CopyBenchmark.class, "copy", largeRecords, WARM_UPS);
    contestants.add(Contestant.of(COPY, round -> throughput(copy.measure(round), batchBytes)));
    for (int recordBytes : List.of(LARGE, SMALL)) {
      for (String what : List.of("encode", "decode")) {
        for (Compression compression : Compression.values()) {
          contestants.add(batch(stage, what, recordBytes, compression));
        }
      }
    }
    for (int inlineBytes : List.of(0, IndexShape.MAX_INLINE_BYTES)) {
      for (String what : List.of("encode", "decode")) {
        contestants.add(head(stage, what, inlineBytes));
      }
    }
    targets.add(ofCopy("encode", LEAST_ENCODING));
    targets.add(ofCopy("decode", LEAST_DECODING));
    return new Contest(contestants, targets);
  }

  private static Target ofCopy(String what, double limit) {
    String name = name(what, LARGE, Compression.NONE);
    return Target.atLeast(name + ", of a copy with CRC32C", Metric.THROUGHPUT, name, COPY, limit);
  }

  private static Contestant batch(
      Stage stage, String what, int recordBytes, Compression compression) {
    int records = BatchBenchmark.count(recordBytes);
    Jmh jmh =
        new Jmh(
            stage,
            BatchBenchmark.class,
            what,
            Map.of("recordBytes", Integer.toString(recordBytes), "compression", compression.name()),
            WARM_UPS);
    return Contestant.of(
        name(what, recordBytes, compression),
        round -> {
          Jmh.Iteration made = jmh.measure(round);
          long bytes = (long) records * recordBytes;
          return throughput(made, bytes)
              .and(Metric.RECORDS, made.operationsPerSecond() * records)
              .and(Metric.ALLOCATION, made.allocatedBytes() / bytes);
        });
  }

  private static String name(String what, int recordBytes, Compression compression) {
    return what
        + (recordBytes == LARGE ? ", 1 KiB, " : ", " + recordBytes + " B, ")
        + compression.name().toLowerCase(Locale.ROOT);
  }

  private static Contestant head(Stage stage, String what, int inlineBytes) throws Exception {
    int bytes = Json.encode(FullHead.with(inlineBytes, stage.seed())).remaining();
    String inline = inlineBytes == 0 ? "" : ", " + (inlineBytes >> 10) + " KiB inline";
    Jmh jmh =
        new Jmh(
            stage,
            HeadBenchmark.class,
            what,
            Map.of("inlineBytes", Integer.toString(inlineBytes)),
            HEAD_WARM_UPS);
    return Contestant.of(
        what + ", head of " + (bytes >> 10) + " KiB" + inline,
        round -> {
          Jmh.Iteration made = jmh.measure(round);
          return throughput(made, bytes)
              .and(HEADS, made.operationsPerSecond())
              .and(Metric.ALLOCATION, made.allocatedBytes() / bytes);
        });
  }

  private static Sample throughput(Jmh.Iteration made, long bytes) {
    return Sample.of(Metric.THROUGHPUT, made.operationsPerSecond() * bytes / 1e6);
  }
}
