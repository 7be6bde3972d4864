package io.raftless.bench.simulated;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.s3queue.S3Queue;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.RequestCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What is asked of the store for one commit, and by a reader. It does not depend on the machine, so
 * all targets are exact, and continuous integration checks them.
 */
public final class RequestCount implements Experiment {
  private static final Metric PUT = new Metric("PUT", "");
  private static final Metric GET = new Metric("GET", "");
  private static final Metric LIST = new Metric("LIST", "");
  private static final Metric BYTES_READ = new Metric("bytes read", "");

  /** Few enough that the head keeps all of their entries: a node is a PUT for every 48 of them. */
  private static final int COMMITS = 20;

  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofMillis(300);

  private static final String TAILING = "commit that a tailing reader sees";
  private static final String POLLING = "look of an idle reader";
  private static final String QUEUE = "append of S3-Queue";
  private static final String SPREAD = "commit of 4 partitions";

  private final WriterOptions options = WriterOptions.defaults().withLingerMillis(60_000);

  @Override
  public String name() {
    return "requests";
  }

  @Override
  public String question() {
    return "How many requests are a commit, however large, and a look of a reader?";
  }

  @Override
  public Contest prepare(Stage stage) {
    List<Contestant> contestants = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    for (int records : new int[] {1, 100, 10_000}) {
      String name = "commit of " + records + (records == 1 ? " record" : " records");
      contestants.add(Contestant.of(name, round -> commits(records, 1)));
      // A small one is inside the head.
      targets.add(most(name, PUT, records == 1 ? 1 : 2));
      targets.add(most(name, GET, 0));
      targets.add(most(name, LIST, 0));
    }
    contestants.add(Contestant.of(SPREAD, round -> commits(PARTITIONS, PARTITIONS)));
    targets.add(most(SPREAD, PUT, PARTITIONS));
    targets.add(most(SPREAD, GET, 0));
    contestants.add(Contestant.of(TAILING, round -> tailing()));
    // The head that has it; of a larger one the batch, too.
    targets.add(most(TAILING, GET, 1));
    targets.add(most(TAILING, LIST, 0));
    contestants.add(Contestant.of(POLLING, round -> polling()));
    targets.add(most(POLLING, GET, 1));
    targets.add(most(POLLING, BYTES_READ, 0));
    targets.add(most(POLLING, LIST, 0));
    contestants.add(Contestant.of(QUEUE, round -> queue()));
    return new Contest(contestants, targets);
  }

  private static Target most(String subject, Metric metric, double limit) {
    return Target.value(
            subject + ": at most " + (int) limit + " " + metric.name(),
            metric,
            subject,
            Target.Bound.AT_MOST,
            limit)
        .exact();
  }

  private static Sample sample(RequestCounts counts, double operations) {
    return Sample.of(PUT, counts.puts() / operations)
        .and(GET, (counts.gets() + counts.conditionalGets()) / operations)
        .and(LIST, counts.lists() / operations)
        .and(BYTES_READ, counts.bytesIn() / operations);
  }

  private static LogRecord record(int number) {
    return LogRecord.of(null, new byte[] {(byte) number}, number);
  }

  private static void commit(LogWriter writer, int records, int partitions) throws Exception {
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      offsets.add(writer.append(i % partitions, record(i)));
    }
    writer.flush().get();
    for (CompletableFuture<Long> offset : offsets) {
      offset.get();
    }
  }

  private Sample commits(int records, int partitions) throws Exception {
    try (CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore());
        RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), partitions);
        LogWriter writer = log.newWriter(options)) {
      // The first one reads the head.
      commit(writer, partitions, partitions);
      RequestCounts before = store.counts();
      for (int i = 0; i < COMMITS; i++) {
        commit(writer, records, partitions);
      }
      return sample(store.counts().since(before), COMMITS);
    }
  }

  /** Looks that bring nothing are not counted: how many there are is a matter of time. */
  private Sample tailing() throws Exception {
    MemoryObjectStore memory = new MemoryObjectStore();
    try (CountingObjectStore store = new CountingObjectStore(memory);
        RaftlessLog log = RaftlessLog.create(memory, LogId.of("", "log"), 1);
        LogWriter writer = log.newWriter(options);
        RaftlessLog ofReader = RaftlessLog.open(store, LogId.of("", "log"));
        LogReader reader = ofReader.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      RequestCounts before = RequestCounts.NONE;
      for (int i = 0; i <= COMMITS; i++) {
        commit(writer, 1, 1);
        if (reader.poll(PATIENCE).isEmpty()) {
          throw new IllegalStateException("a commit was not seen in " + PATIENCE);
        }
        if (i == 0) {
          before = store.counts();
        }
      }
      RequestCounts counts = store.counts().since(before);
      double gets = (double) (counts.gets() + counts.conditionalGets() - counts.notModified());
      return sample(counts, COMMITS).and(GET, gets / COMMITS);
    }
  }

  private static Sample polling() throws Exception {
    try (CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore());
        RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);
        LogReader reader =
            log.newReader(new ReaderOptions(1 << 20, 10, 10, ReaderOptions.OnTrimmed.FAIL))) {
      reader.assign(0, 0);
      if (reader.poll(IDLE).isPresent()) {
        throw new IllegalStateException("an empty log has a batch");
      }
      RequestCounts before = store.counts();
      if (reader.poll(IDLE).isPresent()) {
        throw new IllegalStateException("an empty log has a batch");
      }
      RequestCounts counts = store.counts().since(before);
      // A look is a conditional GET that brings nothing; whatever else there was is too much.
      return sample(counts, (double) Math.max(1, counts.notModified()));
    }
  }

  private static Sample queue() throws Exception {
    try (CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore())) {
      S3Queue queue = new S3Queue(store, "queue");
      queue.create().get();
      queue.append(List.of(new byte[] {0})).get();
      RequestCounts before = store.counts();
      for (int i = 0; i < COMMITS; i++) {
        queue.append(List.of(new byte[] {1})).get();
      }
      return sample(store.counts().since(before), COMMITS);
    }
  }
}
