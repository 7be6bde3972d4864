package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.bench.sim.Bill;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import java.util.ArrayList;
import java.util.List;

/**
 * What it brings that uploads overlap each other and the commits before them, and that heads of
 * several partitions are replaced at the same time. One writer appends as much as is taken.
 */
public final class SimulatedPipeline implements Experiment {
  private static final int RECORD_BYTES = 16 << 10;
  private static final int OBJECT_BYTES = 1 << 20;
  private static final int MANY_PARTITIONS = 4;
  private static final int LINGER_MILLIS = 1_000;
  private static final long MEMORY = 64L << 20;

  private static final String SERIAL = "an object, its commit, the next object";
  private static final String SERIAL_MANY = "the same, of 4 partitions";
  private static final String OVERLAPPED = "one upload at a time, while the last is committed";
  private static final String FOUR = "4 uploads at a time";
  private static final String EIGHT = "8 uploads at a time";
  private static final String FOUR_MANY = "4 uploads at a time, of 4 partitions";

  /** Every one of them is an upload and a commit or a part of one. */
  private static final Metric OBJECTS_PER_COMMIT = new Metric("objects per head replaced", "");

  @Override
  public String name() {
    return "simulated-pipeline";
  }

  @Override
  public String question() {
    return "What does it bring to have several uploads and commits of one writer under way on S3?";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    SimulatedStores stores = new SimulatedStores(stage);
    LogRecord record = LogRecord.of(null, new Payload(stage.seed()).next(RECORD_BYTES), 0);
    long serial = stage.size().pick(4L, 12L, 64L);
    long overlapped = stage.size().pick(16L, 64L, 256L);
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(contestant(SERIAL, stage, stores, new Load(record, serial, true, 1), 1));
    contestants.add(
        contestant(SERIAL_MANY, stage, stores, new Load(record, serial, true, 1), MANY_PARTITIONS));
    contestants.add(contestant(OVERLAPPED, stage, stores, new Load(record, serial, false, 1), 1));
    contestants.add(contestant(FOUR, stage, stores, new Load(record, overlapped, false, 4), 1));
    contestants.add(contestant(EIGHT, stage, stores, new Load(record, overlapped, false, 8), 1));
    contestants.add(
        contestant(
            FOUR_MANY, stage, stores, new Load(record, overlapped, false, 4), MANY_PARTITIONS));
    return new Contest(
        contestants,
        List.of(
            Target.atLeast(
                "an upload does not wait for the commit before it",
                Metric.THROUGHPUT,
                OVERLAPPED,
                SERIAL,
                1.3),
            Target.atLeast(
                "4 uploads at a time against one", Metric.THROUGHPUT, FOUR, OVERLAPPED, 3),
            Target.atLeast(
                "8 uploads at a time against one", Metric.THROUGHPUT, EIGHT, OVERLAPPED, 5),
            Target.atLeast(
                "heads of 4 partitions are replaced at the same time",
                Metric.THROUGHPUT,
                SERIAL_MANY,
                SERIAL,
                0.7)));
  }

  /**
   * What is appended.
   *
   * @param record again and again
   * @param objects how many fill up
   * @param isSerial whether each is committed before the next one is filled
   * @param uploads at a time
   */
  private record Load(LogRecord record, long objects, boolean isSerial, int uploads) {
    WriterOptions options() {
      return new WriterOptions(
          OBJECT_BYTES, LINGER_MILLIS, MEMORY, uploads, Compression.NONE, OnFull.BLOCK);
    }
  }

  private static Contestant contestant(
      String name, Stage stage, SimulatedStores stores, Load load, int partitions)
      throws Exception {
    SimulatedS3 store = stores.next();
    LogId id = LogId.of("", "log-" + Integer.toHexString(name.hashCode()));
    RaftlessLog log = stage.add(RaftlessLog.create(store, id, partitions));
    LogWriter writer = stage.add(log.newWriter(load.options()));
    // The heads are read by the first one.
    append(writer, new Load(load.record(), 1, true, load.uploads()), partitions);
    return Contestant.of(
        name,
        round -> {
          Bill before = store.bill();
          Usage usage = Usage.begin();
          long records = append(writer, load, partitions);
          Usage.Used used = usage.end();
          long requests = store.bill().since(before).requests();
          double heads = Math.max(1, requests - load.objects());
          StoredObjects.deleteBatches(stores.behind(), id);
          return Sample.throughput(records, records * RECORD_BYTES, used.nanos())
              .and(OBJECTS_PER_COMMIT, load.objects() * partitions / heads);
        });
  }

  private static long append(LogWriter writer, Load load, int partitions) throws Exception {
    long perObject = OBJECT_BYTES / RECORD_BYTES;
    long records = load.objects() * perObject;
    for (long i = 0; i < records; i++) {
      // If it fails, so does the flush.
      var unused = writer.append((int) (i % partitions), load.record());
      if (load.isSerial() && i % perObject == perObject - 1) {
        writer.flush().get();
      }
    }
    writer.flush().get();
    return records;
  }
}
