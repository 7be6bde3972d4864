package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long it takes from the append of a record until a reader that waits at the end has it, and
 * what the waiting costs. Writer and reader are processes of their own: each has its own handle. A
 * lane appends two records a second on average, at random times, and each when the one before was
 * seen.
 */
public final class SimulatedTail implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int LANES = 16;
  private static final int IDLE_PARTITIONS = 4;
  private static final double GAP_MILLIS = 500;
  private static final double LONGEST_GAP = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String PUT = "one PUT";
  private static final String VISIBLE = "append to visible";
  private static final String UPLOADED = "append to visible, uploaded";
  private static final String IDLE = "idle partition";

  /** Of a reader, and of one partition. */
  private static final Metric LOOKS = new Metric("requests of a reader", "1/s");

  private static final Metric LOOKS_LONG = new Metric("the same, idle for long", "1/s");

  @Override
  public String name() {
    return "simulated-tail";
  }

  @Override
  public String question() {
    return "How long until a reader at the end has a record on S3, and what does waiting cost?";
  }

  /** One partition with somebody who waits at its end. */
  private static final class Tail implements AutoCloseable {
    private final RaftlessLog ofWriter;
    private final RaftlessLog ofReader;
    private final LogWriter writer;
    private final LogReader reader;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final BlockingQueue<Long> seenNanos = new LinkedBlockingQueue<>();
    private volatile boolean isClosed;
    private volatile @Nullable Exception failure;

    Tail(SimulatedS3 store, CountingObjectStore readers, String name, WriterOptions options) {
      LogId id = LogId.of("", name);
      ofWriter = RaftlessLog.create(store, id, 1);
      ofReader = RaftlessLog.open(readers, id);
      writer = ofWriter.newWriter(options);
      reader = ofReader.newReader(ReaderOptions.defaults());
      reader.assign(0, 0);
      Thread thread = new Thread(this::read, "tail of " + name);
      thread.setDaemon(true);
      thread.start();
    }

    private void read() {
      try {
        while (!isClosed) {
          Optional<ReadBatch> batch = reader.poll(PATIENCE);
          long now = System.nanoTime();
          if (batch.isPresent()) {
            batch.get().records().forEach(record -> seenNanos.add(now));
          }
        }
      } catch (Exception e) {
        failure = e;
      } finally {
        reader.close();
        ended.complete(null);
      }
    }

    /** Appends a record and waits until it is seen. */
    void appendAndSee(byte[] record) throws Exception {
      var acknowledged = writer.append(0, LogRecord.of(null, record, System.currentTimeMillis()));
      if (seenNanos.poll(PATIENCE.toNanos(), TimeUnit.NANOSECONDS) == null) {
        throw new IllegalStateException("not seen in " + PATIENCE, failure);
      }
      acknowledged.get();
    }

    @Override
    public void close() {
      isClosed = true;
      reader.wakeUp();
      ended.join();
      writer.close();
      ofReader.close();
      ofWriter.close();
    }
  }

  private static double gapMillis(double random) {
    return GAP_MILLIS * Math.min(LONGEST_GAP, -Math.log(1 - random));
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    SimulatedStores stores = new SimulatedStores(stage);
    Lanes lanes = stage.add(new Lanes(LANES));
    Payload payload = new Payload(stage.seed());
    Duration time =
        stage.size().pick(Duration.ofSeconds(1), Duration.ofMillis(2_500), Duration.ofSeconds(7));
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(put(stage, stores.next(), lanes, payload, time));
    WriterOptions options = WriterOptions.defaults().withLingerMillis(0);
    contestants.add(visible(VISIBLE, stage, stores.next(), lanes, payload, time, options));
    contestants.add(
        visible(UPLOADED, stage, stores.next(), lanes, payload, time, options.withInlineBytes(0)));
    contestants.add(idle(stage, stores, payload));
    return new Contest(
        contestants,
        List.of(
            Target.atMost("visible after 4 PUTs at most", Metric.P50, VISIBLE, PUT, 4),
            Target.atMost("the same of what is uploaded", Metric.P50, UPLOADED, PUT, 4),
            Target.value(
                "at most 6 requests a second for an idle partition",
                LOOKS,
                IDLE,
                Target.Bound.AT_MOST,
                6),
            Target.value(
                "fewer when it is idle for long", LOOKS_LONG, IDLE, Target.Bound.AT_MOST, 2)));
  }

  private static Contestant put(
      Stage stage, SimulatedS3 store, Lanes lanes, Payload payload, Duration time) {
    long[] made = new long[LANES];
    return Contestant.of(
        PUT,
        round ->
            lanes
                .paced(
                    time,
                    // Nobody is kept waiting by it, so that there can be more of them.
                    random -> 0.2 * gapMillis(random),
                    stage.seed() + round,
                    lane -> {
                      ByteBuffer body = ByteBuffer.wrap(payload.next(RECORD_BYTES));
                      PutOutcome outcome =
                          store.putIfAbsent("put-" + lane + "/" + made[lane]++, body).get();
                      if (!(outcome instanceof PutOutcome.Stored)) {
                        throw new IllegalStateException("a PUT ended with " + outcome);
                      }
                    })
                .sample());
  }

  private static Contestant visible(
      String name,
      Stage stage,
      SimulatedS3 store,
      Lanes lanes,
      Payload payload,
      Duration time,
      WriterOptions options)
      throws Exception {
    CountingObjectStore readers = new CountingObjectStore(store);
    Tail[] tails = new Tail[LANES];
    String prefix = name.replace(", ", "-").replace(' ', '-');
    return Contestant.of(
        name,
        round -> {
          // Only while it is measured: their looks would take the processor from the others.
          lanes.all(
              lane -> {
                tails[lane] = new Tail(store, readers, prefix + "-" + round + "-" + lane, options);
                tails[lane].appendAndSee(payload.next(RECORD_BYTES));
              });
          long before = readers.counts().total();
          long begin = System.nanoTime();
          Latencies latencies =
              lanes.paced(
                  time,
                  SimulatedTail::gapMillis,
                  stage.seed() + round,
                  lane -> tails[lane].appendAndSee(payload.next(RECORD_BYTES)));
          double seconds = (System.nanoTime() - begin) / 1e9;
          double looks = (readers.counts().total() - before) / seconds / LANES;
          lanes.all(lane -> Objects.requireNonNull(tails[lane]).close());
          return latencies.sample().and(LOOKS, looks);
        });
  }

  private static Contestant idle(Stage stage, SimulatedStores stores, Payload payload)
      throws Exception {
    SimulatedS3 store = stores.next();
    CountingObjectStore readers = new CountingObjectStore(store);
    CountingObjectStore longReaders = new CountingObjectStore(store);
    WriterOptions options = WriterOptions.defaults().withLingerMillis(0);
    Tail[] tails = new Tail[2 * IDLE_PARTITIONS];
    try (Lanes lanes = new Lanes(tails.length)) {
      lanes.all(
          lane -> {
            boolean isForLong = lane >= IDLE_PARTITIONS;
            tails[lane] =
                new Tail(store, isForLong ? longReaders : readers, "idle-" + lane, options);
            tails[lane].appendAndSee(payload.next(RECORD_BYTES));
          });
    }
    for (Tail tail : tails) {
      stage.add(tail);
    }
    Duration settling =
        stage.size().pick(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(2));
    Duration counted =
        stage.size().pick(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(5));
    return Contestant.of(
        IDLE,
        round -> {
          for (int i = 0; i < IDLE_PARTITIONS; i++) {
            tails[i].appendAndSee(payload.next(RECORD_BYTES));
          }
          TimeUnit.NANOSECONDS.sleep(settling.toNanos());
          long before = readers.counts().total();
          long longBefore = longReaders.counts().total();
          long begin = System.nanoTime();
          TimeUnit.NANOSECONDS.sleep(counted.toNanos());
          long looks = readers.counts().total() - before;
          long longLooks = longReaders.counts().total() - longBefore;
          double seconds = (System.nanoTime() - begin) / 1e9;
          return Sample.of(LOOKS, looks / seconds / IDLE_PARTITIONS)
              .and(LOOKS_LONG, longLooks / seconds / IDLE_PARTITIONS);
        });
  }
}
