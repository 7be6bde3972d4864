package io.raftless.bench.log;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import io.raftless.store.MemoryObjectStore;
import java.util.List;

/**
 * Records of 100 bytes, where a record costs more than its bytes: without a network, on a store in
 * this process, by CPU time.
 */
public final class SmallRecordsExperiment implements Experiment {
  private static final int RECORD_BYTES = 100;
  private static final int LINGER_MILLIS = 1_000;
  private static final long MEMORY = 256L << 20;
  private static final String APPEND = "append";
  private static final String READ = "read";

  @Override
  public String name() {
    return "small-records";
  }

  @Override
  public String question() {
    return "Records of 100 bytes in 4 partitions, by CPU time of all threads, before the network:"
        + " the store is in memory, in this process.";
  }

  @Override
  public Contest prepare(Stage stage) {
    long records = stage.size().pick(100_000L, 3_000_000L, 10_000_000L);
    long bytes = records * RECORD_BYTES;
    Payloads payloads = new Payloads(RECORD_BYTES, stage.seed());
    WriterOptions options =
        new WriterOptions(
            AppendExperiment.OBJECT_BYTES,
            LINGER_MILLIS,
            MEMORY,
            AppendExperiment.UPLOADS,
            Compression.NONE,
            OnFull.BLOCK);
    LogId id = LogId.of("bench", "small");
    List<Contestant> contestants =
        List.of(
            Contestant.of(
                APPEND,
                round -> {
                  Usage.Used used =
                      new Appending(new ForgetfulStore(), AppendExperiment.PARTITIONS)
                          .append(id, payloads, records, options);
                  return used.sample(records, bytes);
                }),
            Contestant.of(
                READ,
                round -> {
                  MemoryObjectStore store = new MemoryObjectStore();
                  new Appending(store, AppendExperiment.PARTITIONS)
                      .append(id, payloads, records, options);
                  try (RaftlessLog log = RaftlessLog.open(store, id)) {
                    return Reading.read(log, records, bytes, ReaderOptions.defaults())
                        .sample(records, bytes);
                  }
                }));
    return new Contest(
        contestants,
        List.of(
            Target.value(
                "append of 100 bytes by busy core",
                Metric.RECORDS_PER_CORE,
                APPEND,
                Target.Bound.AT_LEAST,
                1_000_000),
            Target.value(
                "read of 100 bytes by busy core",
                Metric.RECORDS_PER_CORE,
                READ,
                Target.Bound.AT_LEAST,
                1_500_000),
            Target.value(
                "allocated for every byte appended, 100 bytes",
                Metric.ALLOCATION,
                APPEND,
                Target.Bound.AT_MOST,
                1.2)));
  }
}
