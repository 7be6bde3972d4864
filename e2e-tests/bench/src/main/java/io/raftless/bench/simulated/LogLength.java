package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.sim.S3Model;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import java.util.ArrayList;
import java.util.List;

/**
 * What a commit costs in a log of so many batches that nobody ever compacted. A log that is
 * compacted has fewer: this is the worst case. Requests, bytes, and what the writer itself takes,
 * are of a store in memory; what a commit takes on S3 is of a simulated one without chance.
 */
public final class LogLength implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;

  /** The head gives half of its 96 entries away at a time: so many commits are whole cycles. */
  private static final int CYCLE = 48;

  private static final long SHORTEST = 1_000;

  private static final Metric PUTS = new Metric("PUT", "");
  private static final Metric OTHERS = new Metric("other requests", "");
  private static final Metric ON_S3 = new Metric("p50 on S3", "ms");
  private static final Metric BYTES = new Metric("bytes sent", "B");

  @Override
  public String name() {
    return "log-length";
  }

  @Override
  public String question() {
    return "What does a commit cost in a log of a thousand batches, and of ten millions?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    List<Long> lengths = new ArrayList<>(List.of(SHORTEST, 10_000L, 100_000L, 1_000_000L));
    if (stage.size().pick(false, false, true)) {
      lengths.add(10_000_000L);
    }
    int commits = CYCLE * stage.size().pick(4, 40, 60);
    Payload payload = new Payload(stage.seed());
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    String yardstick = label(SHORTEST);
    for (long length : lengths) {
      contestants.add(contestant(stage, length, commits, payload));
      if (length > SHORTEST) {
        String name = label(length);
        targets.add(flat("PUT requests at " + name, PUTS, name, yardstick).exact());
        targets.add(flat("time on S3 at " + name, ON_S3, name, yardstick));
      }
      targets.add(
          Target.value(
                  "a head stays below 40 KiB at " + label(length),
                  BYTES,
                  label(length),
                  Target.Bound.AT_MOST,
                  (40 << 10) + RECORD_BYTES)
              .exact());
      targets.add(
          Target.value(
                  "no GET and no LIST at " + label(length),
                  OTHERS,
                  label(length),
                  Target.Bound.AT_MOST,
                  0)
              .exact());
    }
    return new Contest(contestants, targets);
  }

  private static Target flat(String what, Metric metric, String subject, String yardstick) {
    return Target.atMost(what + ": within 10 %", metric, subject, yardstick, 1.1);
  }

  private static String label(long length) {
    return String.format("%,d batches", length);
  }

  /** A log that looks so long, and its writer. */
  private static LogWriter writer(
      Stage stage, ObjectStore store, long length, WriterOptions options, Payload payload)
      throws Exception {
    LogId id = LogId.of("", "log");
    RaftlessLog log = stage.add(RaftlessLog.create(store, id, 1));
    GrownHead.install(store, id, log.incarnation(), length);
    LogWriter writer = stage.add(log.newWriter(options));
    // A handle that has just been opened reads the head, and a node when it has to add to it.
    commit(writer, payload);
    return writer;
  }

  private static Contestant contestant(Stage stage, long length, int commits, Payload payload)
      throws Exception {
    // Uploaded: the bytes of records are the same in each head then, namely none.
    WriterOptions options = WriterOptions.defaults().withLingerMillis(0).withInlineBytes(0);
    CountingObjectStore store =
        stage.add(new CountingObjectStore(new ForgetfulStore(new MemoryObjectStore())));
    LogWriter writer = writer(stage, store, length, options, payload);
    for (int i = 1; i < 2 * CYCLE; i++) {
      commit(writer, payload);
    }
    SimulatedS3 simulated =
        stage.add(
            new SimulatedS3(
                new ForgetfulStore(new MemoryObjectStore()),
                S3Model.standard().withoutChance(),
                stage.seed()));
    LogWriter onS3 = writer(stage, simulated, length, options, payload);
    int commitsOnS3 = stage.size().pick(2, CYCLE / 4, CYCLE);
    return Contestant.of(
        label(length),
        round -> {
          RequestCounts before = store.counts();
          Latencies latencies = latencies(writer, commits, payload);
          RequestCounts counts = store.counts().since(before);
          return Sample.of(PUTS, (double) counts.puts() / commits)
              .and(OTHERS, (double) (counts.total() - counts.puts()) / commits)
              .and(BYTES, (double) counts.bytesOut() / commits)
              .and(Metric.P50, latencies.millis(0.5))
              .and(ON_S3, latencies(onS3, commitsOnS3, payload).millis(0.5));
        });
  }

  private static Latencies latencies(LogWriter writer, int commits, Payload payload)
      throws Exception {
    Latencies latencies = new Latencies();
    for (int i = 0; i < commits; i++) {
      long begin = System.nanoTime();
      commit(writer, payload);
      latencies.add(System.nanoTime() - begin);
    }
    return latencies;
  }

  private static void commit(LogWriter writer, Payload payload) throws Exception {
    writer.append(0, LogRecord.of(null, payload.next(RECORD_BYTES), 0)).get();
  }
}
