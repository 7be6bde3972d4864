package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.s3queue.S3Queue;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How long one writer waits for one record. Each lane is one writer with a log of its own, and
 * waits for each record before it makes the next. It makes at most ten a second: a head takes
 * fifteen, and waiting for that limit is another experiment's subject.
 */
public final class SimulatedLatency implements Experiment {
  private static final int RECORD_BYTES = 1 << 10;
  private static final int LANES = 16;
  private static final double PAUSE_MILLIS = 100;

  private static final String PUT = "one PUT";
  private static final String APPEND = "append, uploaded";
  private static final String INLINE = "append, inside the head";
  private static final String QUEUE = "S3-Queue append";
  private static final String SHARE = "requests per append";

  @Override
  public String name() {
    return "simulated-latency";
  }

  @Override
  public String question() {
    return "How long does one writer wait for a record of 1 KiB on S3, next to one PUT of it?";
  }

  /** Appends one record and waits until it is acknowledged. */
  private interface Operation {
    void run(int lane, byte[] record) throws Exception;
  }

  private static final class Prepared {
    private final Stage stage;
    private final SimulatedStores stores;
    private final Lanes lanes;
    private final Payload payload;
    private final Duration time;

    Prepared(Stage stage) {
      this.stage = stage;
      this.stores = new SimulatedStores(stage);
      this.lanes = stage.add(new Lanes(LANES));
      this.payload = new Payload(stage.seed());
      this.time =
          stage
              .size()
              .pick(Duration.ofMillis(600), Duration.ofMillis(2_400), Duration.ofSeconds(5));
    }

    Contestant contestant(String name, SimulatedS3 store, Operation operation) {
      return Contestant.of(
          name,
          round -> {
            long before = store.bill().requests();
            Latencies latencies =
                lanes.paced(
                    time,
                    random -> PAUSE_MILLIS * (1 + 0.5 * random),
                    stage.seed() + round,
                    lane -> operation.run(lane, payload.next(RECORD_BYTES)));
            double requests = store.bill().requests() - before;
            return latencies.sample().and(new Metric(SHARE, ""), requests / latencies.count());
          });
    }
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    Prepared prepared = new Prepared(stage);
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(put(prepared));
    WriterOptions options = WriterOptions.defaults().withLingerMillis(0);
    contestants.add(raftless(APPEND, prepared, options.withInlineBytes(0)));
    contestants.add(raftless(INLINE, prepared, options));
    contestants.add(queue(prepared));
    return new Contest(
        contestants,
        List.of(
            Target.atMost("an append takes 2.2 PUTs at most", Metric.P50, APPEND, PUT, 2.2),
            Target.atMost("its P99 is 3 times that of a PUT", Metric.P99, APPEND, PUT, 3),
            Target.atMost("and half of S3-Queue's", Metric.P50, APPEND, QUEUE, 0.5),
            Target.atMost("inside the head it takes one", Metric.P50, INLINE, PUT, 1.3),
            Target.atMost("and its P99 is that of two", Metric.P99, INLINE, PUT, 2)));
  }

  private static Contestant put(Prepared prepared) {
    SimulatedS3 store = prepared.stores.next();
    long[] made = new long[LANES];
    return prepared.contestant(
        PUT,
        store,
        (lane, record) -> {
          String key = "put-" + lane + "/" + made[lane]++;
          PutOutcome outcome = store.putIfAbsent(key, ByteBuffer.wrap(record)).get();
          if (!(outcome instanceof PutOutcome.Stored)) {
            throw new IllegalStateException("a PUT ended with " + outcome);
          }
        });
  }

  private static Contestant raftless(String name, Prepared prepared, WriterOptions options)
      throws Exception {
    SimulatedS3 store = prepared.stores.next();
    LogWriter[] writers = new LogWriter[LANES];
    String prefix = name.replace(", ", "-").replace(' ', '-');
    prepared.lanes.all(
        lane -> {
          LogId id = LogId.of("", prefix + "-" + lane);
          RaftlessLog log = RaftlessLog.create(store, id, 1);
          synchronized (prepared) {
            writers[lane] = prepared.stage.add(prepared.stage.add(log).newWriter(options));
          }
        });
    Operation append =
        (lane, record) ->
            writers[lane].append(0, LogRecord.of(null, record, System.currentTimeMillis())).get();
    // The head is read by the first one.
    prepared.lanes.all(lane -> append.run(lane, prepared.payload.next(RECORD_BYTES)));
    return prepared.contestant(name, store, append);
  }

  private static Contestant queue(Prepared prepared) throws Exception {
    SimulatedS3 store = prepared.stores.next();
    S3Queue[] queues = new S3Queue[LANES];
    prepared.lanes.all(
        lane -> {
          queues[lane] = new S3Queue(store, "queue-" + lane);
          queues[lane].create().get();
        });
    Operation append = (lane, record) -> queues[lane].append(List.of(record)).get();
    prepared.lanes.all(lane -> append.run(lane, prepared.payload.next(RECORD_BYTES)));
    return prepared.contestant(QUEUE, store, append);
  }
}
