package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.s3queue.S3Queue;
import io.raftless.bench.sim.Bill;
import io.raftless.bench.sim.SimulatedS3;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Sixteen writers on one partition, as sixteen processes would be: each has its own handle of the
 * log and knows nothing of the others. All of them replace the same object, which S3 allows fifteen
 * times a second; so what counts is how much each replacement takes along, and whose turn it is.
 *
 * <p>A writer of Raftless takes appends while others are under way, as producers do. S3-Queue has
 * no such thing: each of its appends replaces the tail, and more of them at a time would only lose
 * more often. So one at a time is the best for it; and {@link #SINGLE} is Raftless with one at a
 * time.
 */
public final class SimulatedContention implements Experiment {
  private static final int WRITERS = 16;
  private static final int RECORD_BYTES = 1 << 10;

  /** Appends of one writer that are not acknowledged yet. */
  private static final int UNDER_WAY = 32;

  private static final String MANY = "16 writers";
  private static final String SINGLE = "16 writers, one append at a time";
  private static final String QUEUE = "16 of S3-Queue";

  /** Of the writers: what the slowest got acknowledged, by what the fastest did. */
  static final Metric FAIRNESS = new Metric("fairness", "");

  private static final Metric PRICE = new Metric("price of a million", "$");
  private static final Metric REQUESTS_PER_SECOND = new Metric("requests per second", "1/s");

  @Override
  public String name() {
    return "simulated-contention";
  }

  @Override
  public String question() {
    return "What do 16 writers of one partition get appended on S3, and is each of them served?";
  }

  /** One writer. */
  @FunctionalInterface
  private interface Appending {
    CompletableFuture<Long> append() throws Exception;
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    SimulatedStores stores = new SimulatedStores(stage);
    Payload payload = new Payload(stage.seed());
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(
        raftless(
            MANY,
            stage,
            stores.next(),
            payload,
            WriterOptions.defaults().withLingerMillis(10),
            UNDER_WAY,
            stage
                .size()
                .pick(Duration.ofSeconds(1), Duration.ofSeconds(7), Duration.ofSeconds(12))));
    Duration shorter =
        stage.size().pick(Duration.ofSeconds(1), Duration.ofMillis(1_500), Duration.ofSeconds(2));
    contestants.add(
        raftless(
            SINGLE,
            stage,
            stores.next(),
            payload,
            WriterOptions.defaults().withLingerMillis(0),
            1,
            shorter));
    contestants.add(queue(stores.next(), payload, shorter));
    return new Contest(
        contestants,
        List.of(
            Target.atLeast("10 times S3-Queue's appends", Metric.RECORDS, MANY, QUEUE, 10),
            Target.atLeast("10 times S3-Queue's bytes", Metric.THROUGHPUT, MANY, QUEUE, 10),
            Target.value(
                "the slowest writer has a third of the fastest at least",
                FAIRNESS,
                MANY,
                Target.Bound.AT_LEAST,
                1 / 3.0)));
  }

  private static Contestant raftless(
      String name,
      Stage stage,
      SimulatedS3 store,
      Payload payload,
      WriterOptions options,
      int underWay,
      Duration time)
      throws Exception {
    LogId id = LogId.of("", underWay == 1 ? "contended-by-one" : "contended-by-many");
    RaftlessLog.create(store, id, 1).close();
    List<Appending> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      RaftlessLog log = stage.add(RaftlessLog.open(store, id));
      LogWriter writer = stage.add(log.newWriter(options));
      writers.add(
          () ->
              writer.append(
                  0, LogRecord.of(null, payload.next(RECORD_BYTES), System.currentTimeMillis())));
    }
    return Contestant.of(name, round -> measure(store, writers, underWay, time));
  }

  private static Contestant queue(SimulatedS3 store, Payload payload, Duration time)
      throws Exception {
    new S3Queue(store, "queue").create().get();
    List<Appending> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      S3Queue queue = new S3Queue(store, "queue");
      writers.add(() -> queue.append(List.of(payload.next(RECORD_BYTES))));
    }
    return Contestant.of(QUEUE, round -> measure(store, writers, 1, time));
  }

  /** What was acknowledged in the time; all have begun a while before. */
  private static Sample measure(
      SimulatedS3 store, List<Appending> writers, int underWay, Duration time) throws Exception {
    AtomicLongArray acknowledged = new AtomicLongArray(writers.size());
    AtomicBoolean isOver = new AtomicBoolean();
    List<CompletableFuture<Void>> endings = new ArrayList<>();
    for (int writer = 0; writer < writers.size(); writer++) {
      for (int i = 0; i < underWay; i++) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        endings.add(ended);
        goOn(writers.get(writer), writer, acknowledged, isOver, ended);
      }
    }
    TimeUnit.NANOSECONDS.sleep(time.toNanos() / 10);
    Bill before = store.bill();
    long begin = System.nanoTime();
    long[] first = snapshot(acknowledged);
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
    long[] last = snapshot(acknowledged);
    long nanos = System.nanoTime() - begin;
    Bill bill = store.bill().since(before);
    isOver.set(true);
    for (CompletableFuture<Void> ended : endings) {
      ended.get();
    }
    long all = 0;
    long fewest = Long.MAX_VALUE;
    long most = 0;
    for (int i = 0; i < first.length; i++) {
      long own = last[i] - first[i];
      all += own;
      fewest = Math.min(fewest, own);
      most = Math.max(most, own);
    }
    if (all == 0) {
      throw new IllegalStateException("nothing was acknowledged in " + time);
    }
    return Sample.throughput(all, all * RECORD_BYTES, nanos)
        .and(FAIRNESS, (double) fewest / most)
        .and(Metric.REQUESTS, (double) bill.requests() / all)
        .and(REQUESTS_PER_SECOND, bill.requests() / (nanos / 1e9))
        .and(PRICE, bill.dollars() / all * 1e6);
  }

  private static void goOn(
      Appending writer,
      int number,
      AtomicLongArray acknowledged,
      AtomicBoolean isOver,
      CompletableFuture<Void> ended) {
    try {
      var unused =
          writer
              .append()
              .whenComplete(
                  (offset, trouble) -> {
                    if (trouble != null) {
                      ended.completeExceptionally(trouble);
                    } else if (isOver.get()) {
                      ended.complete(null);
                    } else {
                      acknowledged.incrementAndGet(number);
                      goOn(writer, number, acknowledged, isOver, ended);
                    }
                  });
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      ended.completeExceptionally(e);
    }
  }

  private static long[] snapshot(AtomicLongArray counts) {
    long[] copy = new long[counts.length()];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }
}
