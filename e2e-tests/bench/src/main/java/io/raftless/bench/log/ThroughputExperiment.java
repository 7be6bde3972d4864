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
import io.raftless.bench.raw.RawStore;
import io.raftless.bench.sim.S3Model;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import io.raftless.store.ObjectStore;
import java.util.List;

/**
 * The same as {@link AppendExperiment} and {@link ReadExperiment}, on a store that is as slow as
 * S3: there it is the store that limits everybody, and not the processors that the server and its
 * client share here.
 */
public final class ThroughputExperiment implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int RANGES = 16;

  /**
   * What fits into the memory of a reader: all of them are under way if the order is of no matter.
   */
  private static final int MOST_RANGES = 32;

  private static final String PUT = "raw PUT";
  private static final String APPEND = "append, none";
  private static final String GET = "raw GET";
  private static final String MANY_GET = "raw GET, " + MOST_RANGES + " at a time";
  private static final String READ = "read, none";
  private static final double OF_RAW = 0.9;

  private static final WriterOptions OPTIONS =
      new WriterOptions(
          AppendExperiment.OBJECT_BYTES,
          AppendExperiment.LINGER_MILLIS,
          AppendExperiment.MEMORY,
          AppendExperiment.UPLOADS,
          Compression.NONE,
          OnFull.BLOCK);

  @Override
  public String name() {
    return "simulated-throughput";
  }

  @Override
  public String question() {
    return "Records of 1 KiB appended to 4 partitions on S3, and read from the beginning, nothing"
        + " compressed, against PUTs of objects of 8 MiB, "
        + AppendExperiment.UPLOADS
        + " at a time, and GETs of ranges of 2 MiB, "
        + RANGES
        + " at a time.";
  }

  @Override
  public int warmUps(Size size) {
    return size.pick(size.warmUps(), size.warmUps(), AppendExperiment.FULL_WARM_UPS);
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    SimulatedS3 s3 =
        stage.add(
            new SimulatedS3(
                Stage.settings(server).build().open(), S3Model.standard(), stage.seed()));
    RawStore puts = stage.add(new RawStore(s3, AppendExperiment.UPLOADS));
    RawStore gets = stage.add(new RawStore(s3, RANGES));
    RawStore manyGets = stage.add(new RawStore(s3, MOST_RANGES));
    long bytes = stage.size().pick(16L << 20, 256L << 20, 1L << 30);
    long records = bytes / RECORD_BYTES;
    Payloads payloads = new Payloads(RECORD_BYTES, stage.seed());
    Appending appending = new Appending(s3, AppendExperiment.PARTITIONS);

    LogId filled = LogId.of("filled", "log");
    new Appending(store, AppendExperiment.PARTITIONS).append(filled, payloads, records, OPTIONS);
    RaftlessLog log = stage.add(RaftlessLog.open(s3, filled));
    return new Contest(
        List.of(
            RawContestants.put(
                PUT,
                puts,
                store,
                (int) (bytes / AppendExperiment.OBJECT_BYTES),
                AppendExperiment.OBJECT_BYTES,
                stage.seed()),
            Contestant.of(
                APPEND,
                round -> {
                  Usage.Used used =
                      appending.append(
                          LogId.of("bench", "append-" + round), payloads, records, OPTIONS);
                  StoredObjects.delete(store, "bench/");
                  return used.throughput(records, bytes);
                }),
            RawContestants.get(GET, gets, store, filled, AppendExperiment.PARTITIONS),
            RawContestants.get(MANY_GET, manyGets, store, filled, AppendExperiment.PARTITIONS),
            Contestant.of(
                READ,
                round ->
                    Reading.read(log, records, bytes, ReaderOptions.defaults())
                        .throughput(records, bytes))),
        List.of(
            Target.atLeast("append on S3, of raw PUT", Metric.THROUGHPUT, APPEND, PUT, OF_RAW),
            Target.atLeast(
                "catch-up read on S3, of raw GET", Metric.THROUGHPUT, READ, GET, OF_RAW)));
  }
}
