package io.raftless.bench.memory;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Payloads;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.memory.FullWriter.Past;
import io.raftless.format.Compression;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a writer keeps to its memory budget, and whether a log grows with the time it is open.
 */
public final class MemoryExperiment implements Experiment {
  private static final double MOST_OF_BUDGET = 1.1;

  /**
   * A twentieth of the budget, halved: the median of the rounds is that of the middle of the run.
   */
  private static final double MOST_GROWTH = FullWriter.BUDGET / Heap.MIB / 20 / 2;

  private static final String LONG = "long run";

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String question() {
    return "What does the heap hold when a writer of 1,000 partitions has used up its budget of"
        + " 64 MiB, and does it grow in a long run of appends and reads?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    Payloads payloads = new Payloads(stage.seed(), FullWriter.RECORD_BYTES);
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    add(contestants, targets, "new writer, none", payloads, Compression.NONE, Past.NONE);
    add(contestants, targets, "new writer, zstd", payloads, Compression.ZSTD, Past.NONE);
    add(
        contestants,
        targets,
        "after large batches",
        payloads,
        Compression.NONE,
        Past.LARGE_BATCHES);
    add(contestants, targets, "heads known", payloads, Compression.NONE, Past.ALL_PARTITIONS);
    int parts = stage.size().warmUps() + stage.size().rounds();
    Duration total =
        stage.size().pick(Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofMinutes(30));
    LongRun run = stage.add(new LongRun(total, payloads));
    contestants.add(Contestant.of(LONG, round -> run.measure(1.0 / parts)));
    targets.add(
        Target.value(
            "growth since a tenth of the time, in MiB",
            LongRun.GROWTH,
            LONG,
            Target.Bound.AT_MOST,
            MOST_GROWTH));
    return new Contest(contestants, targets);
  }

  private static void add(
      List<Contestant> contestants,
      List<Target> targets,
      String name,
      Payloads payloads,
      Compression compression,
      Past past) {
    FullWriter writer = new FullWriter(payloads, compression, past);
    contestants.add(Contestant.of(name, round -> writer.measure()));
    targets.add(
        Target.value(
            "heap by budget, " + name,
            FullWriter.OF_BUDGET,
            name,
            Target.Bound.AT_MOST,
            MOST_OF_BUDGET));
  }
}
