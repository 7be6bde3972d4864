package io.raftless.bench.log;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Stage;
import io.raftless.bench.StoredObjects;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.bench.raw.RawS3;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.format.Compression;
import io.raftless.format.SegmentSettings;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;

/** WAL objects of one partition made into segments, next to a copy of the same bytes. */
public final class CompactionExperiment implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int SEGMENT_BYTES = 128 << 20;
  private static final int LINGER_MILLIS = 1_000;
  private static final long MEMORY = 96L << 20;
  private static final int CONCURRENCY = 4;
  private static final int MOST_SOURCES = 100_000;
  private static final String COPY = "copy";

  @Override
  public String name() {
    return "compaction";
  }

  @Override
  public String question() {
    return "WAL objects of 8 MiB made into segments of 128 MiB, against a copy: GET of the same"
        + " objects, PUT of the same bytes in objects of 128 MiB, by the same SDK client.";
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    EmbeddedS3Process server = stage.startStore();
    ObjectStore store = stage.add(Stage.settings(server).build().open());
    RawS3 raw = stage.add(new RawS3(server, CONCURRENCY));
    long bytes = stage.size().pick(32L << 20, 128L << 20, 512L << 20);
    long records = bytes / RECORD_BYTES;
    Payloads payloads = new Payloads(RECORD_BYTES, stage.seed());
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    contestants.add(
        Contestant.of(
            COPY,
            round -> {
              append(store, "copy", payloads, records, Compression.NONE);
              List<ListPage.ListedObject> objects =
                  store.list("bench/copy/", null).get().objects().stream()
                      .filter(object -> object.key().contains("/wal/"))
                      .toList();
              Usage usage = Usage.begin();
              copy(raw, objects);
              Usage.Used used = usage.end();
              StoredObjects.delete(store, "bench/");
              return used.throughput(objects.size(), bytes);
            }));
    for (Compression compression : Compression.values()) {
      String kind = compression.name().toLowerCase(Locale.ROOT);
      String name = "compaction, " + kind;
      contestants.add(
          Contestant.of(
              name,
              round -> {
                append(store, "compact", payloads, records, compression);
                try (RaftlessLog log = RaftlessLog.open(store, LogId.of("bench", "compact"))) {
                  Usage usage = Usage.begin();
                  log.compact(
                      0,
                      new CompactionOptions(
                          SEGMENT_BYTES,
                          new SegmentSettings(
                              SegmentSettings.DEFAULT.blockBytes(),
                              compression,
                              Compression.DEFAULT_ZSTD_LEVEL),
                          1,
                          1,
                          Duration.ZERO,
                          true,
                          MOST_SOURCES,
                          1));
                  Usage.Used used = usage.end();
                  StoredObjects.delete(store, "bench/");
                  return used.sample(records, bytes);
                }
              }));
      if (compression == Compression.NONE) {
        targets.add(Target.atLeast("compaction, of a copy", Metric.THROUGHPUT, name, COPY, 0.8));
      }
    }
    return new Contest(contestants, targets);
  }

  private static void append(
      ObjectStore store, String name, Payloads payloads, long records, Compression compression)
      throws Exception {
    WriterOptions options =
        new WriterOptions(
            AppendExperiment.OBJECT_BYTES,
            LINGER_MILLIS,
            MEMORY,
            AppendExperiment.UPLOADS,
            compression,
            OnFull.BLOCK);
    new Appending(store, 1).append(LogId.of("bench", name), payloads, records, options);
  }

  /** As many objects at a time as there are connections, then all of them as one. */
  private static void copy(RawS3 raw, List<ListPage.ListedObject> objects)
      throws InterruptedException, ExecutionException {
    int perSegment = SEGMENT_BYTES / AppendExperiment.OBJECT_BYTES;
    for (int from = 0; from < objects.size(); from += perSegment) {
      List<ListPage.ListedObject> some =
          objects.subList(from, Math.min(objects.size(), from + perSegment));
      int total = (int) some.stream().mapToLong(ListPage.ListedObject::size).sum();
      byte[] body = new byte[total];
      int[] starts = new int[some.size()];
      for (int i = 1; i < starts.length; i++) {
        starts[i] = starts[i - 1] + (int) some.get(i - 1).size();
      }
      raw.each(
          some.size(),
          i -> {
            ByteBuffer read = raw.get(some.get(i).key(), 0, (int) some.get(i).size());
            read.get(body, starts[i], read.remaining());
          });
      raw.put("bench/copied/" + from, body);
    }
  }
}
