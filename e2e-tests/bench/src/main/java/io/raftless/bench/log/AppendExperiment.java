package io.raftless.bench.log;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.bench.raw.RawContestants;
import io.raftless.bench.raw.RawS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Records of 1 KiB into four partitions, next to PUTs of objects of the same size. */
public final class AppendExperiment implements Experiment {
  static final int OBJECT_BYTES = 8 << 20;
  static final int PARTITIONS = 4;
  static final int UPLOADS = 4;

  /** Of a full run: half a minute and more of each contestant. */
  static final int FULL_WARM_UPS = 10;

  /** Of a full run: the median of 9 is exact to 0.02 of raw PUT, and the target is nearer. */
  static final int FULL_ROUNDS = 25;

  static final long MEMORY = 96L << 20;
  static final int LINGER_MILLIS = 1_000;

  private static final int RECORD_BYTES = 1 << 10;
  private static final String RAW = "raw PUT";

  @Override
  public String name() {
    return "append";
  }

  @Override
  public String question() {
    return "Records of 1 KiB appended to 4 partitions through WAL objects of 8 MiB, "
        + UPLOADS
        + " uploads at a time, against PUTs of 8 MiB by the same SDK client, as many at a time.";
  }

  @Override
  public int warmUps(Size size) {
    return size.pick(size.warmUps(), size.warmUps(), FULL_WARM_UPS);
  }

  @Override
  public int rounds(Size size) {
    return size.pick(size.rounds(), size.rounds(), FULL_ROUNDS);
  }

  @Override
  public Contest prepare(Stage stage) {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    RawS3 raw = stage.add(new RawS3(server, UPLOADS));
    long bytes = stage.size().pick(32L << 20, 512L << 20, 1L << 30);
    Payloads payloads = new Payloads(RECORD_BYTES, stage.seed());

    List<Contestant> contestants = new ArrayList<>();
    contestants.add(
        RawContestants.put(
            RAW, raw, store, (int) (bytes / OBJECT_BYTES), OBJECT_BYTES, stage.seed()));
    List<Target> targets = new ArrayList<>();
    for (Compression compression : Compression.values()) {
      String name = "log, " + compression.name().toLowerCase(Locale.ROOT);
      LogId id = LogId.of("bench", compression.name().toLowerCase(Locale.ROOT));
      RaftlessLog log = stage.add(RaftlessLog.create(store, id, PARTITIONS));
      // One for all rounds, as in a job: raw PUT makes its client and its bodies once as well.
      LogWriter writer =
          stage.add(
              log.newWriter(
                  new WriterOptions(
                      OBJECT_BYTES, LINGER_MILLIS, MEMORY, UPLOADS, compression, OnFull.BLOCK)));
      contestants.add(
          Contestant.of(
              name,
              round -> {
                long records = bytes / RECORD_BYTES;
                Usage.Used used = Appending.append(writer, PARTITIONS, payloads, records);
                StoredObjects.deleteBatches(store, id);
                return used.sample(records, bytes);
              }));
      targets.add(
          Target.atLeast(
              "append, " + compression.name().toLowerCase(Locale.ROOT) + ", of raw PUT",
              Metric.THROUGHPUT,
              name,
              RAW,
              compression == Compression.NONE ? 0.9 : 1));
      targets.add(
          Target.value(
              "allocated for every byte appended, " + compression.name().toLowerCase(Locale.ROOT),
              Metric.ALLOCATION,
              name,
              Target.Bound.AT_MOST,
              1.2));
    }
    return new Contest(contestants, targets);
  }
}
