package io.raftless.bench.log;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.bench.raw.RawContestants;
import io.raftless.bench.raw.RawS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.RequestCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A log that is read from its beginning, next to ranged GETs of the same objects. */
public final class ReadExperiment implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int CONCURRENCY = 16;
  private static final String RAW = "raw GET";
  private static final String RAW_WHOLE = "raw GET of whole objects";

  /** Of an object: what one partition has in it. */
  private static final int RANGES = AppendExperiment.PARTITIONS;

  private static final int LINGER_MILLIS = 1_000;
  private static final long MEMORY = 96L << 20;

  @Override
  public String name() {
    return "read";
  }

  @Override
  public String question() {
    return "A log of 4 partitions, of records of 1 KiB in objects of 8 MiB, read from its beginning,"
        + " against GETs of ranges of 2 MiB of the same objects, and of the whole objects, by the same"
        + " SDK client, "
        + CONCURRENCY
        + " at a time.";
  }

  @Override
  public int warmUps(Size size) {
    return size.pick(size.warmUps(), size.warmUps(), AppendExperiment.FULL_WARM_UPS);
  }

  @Override
  public int rounds(Size size) {
    return size.pick(size.rounds(), size.rounds(), AppendExperiment.FULL_ROUNDS);
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    CountingObjectStore store =
        stage.add(new CountingObjectStore(Stage.settings(server).build().open()));
    RawS3 raw = stage.add(new RawS3(server, CONCURRENCY));
    long bytes = stage.size().pick(32L << 20, 512L << 20, 1L << 30);
    long records = bytes / RECORD_BYTES;
    Payloads payloads = new Payloads(RECORD_BYTES, stage.seed());
    Appending appending = new Appending(store, AppendExperiment.PARTITIONS);

    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    for (Compression compression : Compression.values()) {
      String kind = compression.name().toLowerCase(Locale.ROOT);
      LogId id = LogId.of("bench", kind);
      WriterOptions options =
          new WriterOptions(
              AppendExperiment.OBJECT_BYTES,
              LINGER_MILLIS,
              MEMORY,
              AppendExperiment.UPLOADS,
              compression,
              OnFull.BLOCK);
      appending.append(id, payloads, records, options);
      if (compression == Compression.NONE) {
        contestants.add(RawContestants.get(RAW, raw, store, id, RANGES));
        contestants.add(RawContestants.get(RAW_WHOLE, raw, store, id, 1));
      }
      RaftlessLog log = stage.add(RaftlessLog.open(store, id));
      String name = "log, " + kind;
      contestants.add(
          Contestant.of(
              name,
              round -> {
                long before = gets(store);
                Usage.Used used = Reading.read(log, records, bytes, ReaderOptions.defaults());
                return used.sample(records, bytes)
                    .and(Metric.GETS, (gets(store) - before) / (bytes / 1e9));
              }));
      targets.add(
          Target.atLeast(
              "catch-up read, " + kind + ", of raw GET", Metric.THROUGHPUT, name, RAW, 0.9));
    }
    return new Contest(contestants, targets);
  }

  private static long gets(CountingObjectStore store) {
    RequestCounts counts = store.counts();
    return counts.gets() + counts.conditionalGets();
  }
}
