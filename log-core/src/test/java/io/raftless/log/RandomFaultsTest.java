package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several processes append, stage, commit, fence, compact and take over from each other on a store
 * that misbehaves at random. Afterwards what each of them was told must fit what is in the log.
 *
 * <p>A run is replayed with {@code -Draftless.seed=N}; threads make it similar, not identical.
 */
@Timeout(300)
class RandomFaultsTest {
  private static final Logger LOG = LoggerFactory.getLogger(RandomFaultsTest.class);
  private static final int PARTITIONS = 2;
  private static final int PROCESSES = 3;
  private static final int STEPS = 150;

  static LongStream seeds() {
    Long seed = Long.getLong("raftless.seed");
    if (seed != null) {
      return LongStream.of(seed);
    }
    long first = new Random().nextLong();
    return LongStream.range(first, first + Integer.getInteger("raftless.seeds", 12));
  }

  /** One append or staged batch and what its caller heard. */
  private record Told(String text, int process, int partition, CompletableFuture<Long> offset) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void whatEveryCallerWasToldFitsTheLog(long seed) throws Exception {
    LOG.warn("replay with -Draftless.seed={}", seed);
    Random random = new Random(seed);
    try (FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore())) {
      LogId id = LogId.of("p", "log");
      RaftlessLog.create(store, id, PARTITIONS).close();
      List<Told> told = new ArrayList<>();
      store.misbehave(new Random(seed + 1), 0.2);
      try (Processes processes = new Processes(store, id, told, random)) {
        for (int step = 0; step < STEPS; step++) {
          processes.step(step);
        }
        processes.settle();
        store.behave();
        store.landLate();
        try (RaftlessLog witness = RaftlessLog.open(store, id)) {
          check(witness, store, told);
        }
      }
    }
  }

  /** The processes that work on the log. */
  private static final class Processes implements AutoCloseable {
    private static final LogOptions OPTIONS =
        new LogOptions(Duration.ofSeconds(60), new IndexShape(4, 3, 2, 300));

    /** Whatever there is, in small segments, few at a time. */
    private static final CompactionOptions EAGER =
        new CompactionOptions(1 << 10, SegmentSettings.DEFAULT, 1, 1, Duration.ZERO, true, 8, 3);

    private final List<RaftlessLog> logs = new ArrayList<>();
    private final List<LogWriter> writers = new ArrayList<>();
    private final List<List<StagedBatch>> staged = new ArrayList<>();
    private final Map<StagedBatch, CompletableFuture<Long>> outcomes = new HashMap<>();
    private final List<CompletableFuture<CommitResult>> commits = new ArrayList<>();
    private final List<Told> told;
    private final Random random;
    private final List<Future<Optional<CompactionReport>>> compactions = new ArrayList<>();
    private final ExecutorService background = Executors.newCachedThreadPool();
    private final boolean[] isFenced = new boolean[PROCESSES];

    Processes(FaultyObjectStore store, LogId id, List<Told> told, Random random) {
      this.told = told;
      this.random = random;
      for (int i = 0; i < PROCESSES; i++) {
        RaftlessLog log = RaftlessLog.open(store, id, OPTIONS);
        logs.add(log);
        writers.add(log.newWriter(options(i)));
      }
    }

    /** Of some, small batches are in objects, of others in the head. */
    private static WriterOptions options(int process) {
      WriterOptions options = WriterOptions.defaults().withLingerMillis(1);
      return process == 0 ? options.withInlineBytes(0) : options;
    }

    void step(int step) throws InterruptedException {
      int process = random.nextInt(PROCESSES);
      int partition = random.nextInt(PARTITIONS);
      int dice = random.nextInt(100);
      if (dice < 56) {
        append(process, partition, step);
      } else if (dice < 70) {
        stage(process, partition, step);
      } else if (dice < 83) {
        commitAnyStaged();
      } else if (dice < 88) {
        takeOver(process, step);
      } else if (dice < 91) {
        fenceAndUnfence(process);
      } else if (dice < 98) {
        compact(process, partition);
      } else {
        writers.get(process).goOn(partition);
      }
    }

    private void append(int process, int partition, int step) throws InterruptedException {
      String kind = isFenced[process] ? "f" : "w";
      String text = kind + process + "/" + String.format("%05d", step);
      told.add(
          new Told(text, process, partition, writers.get(process).append(partition, record(text))));
    }

    private void stage(int process, int partition, int step) throws InterruptedException {
      String text = "s" + process + "/" + String.format("%05d", step);
      try (Stager stager = logs.get(process).newStager(StagerOptions.defaults())) {
        stager.add(partition, record(text));
        List<StagedBatch> batches = stager.stage().join().get(0);
        staged.add(batches);
        CompletableFuture<Long> outcome = new CompletableFuture<>();
        outcomes.put(batches.get(0), outcome);
        told.add(new Told(text, -1, partition, outcome));
      }
    }

    /** Any process may commit what any other staged, again and again, at the same time. */
    private void commitAnyStaged() {
      if (staged.isEmpty()) {
        return;
      }
      List<StagedBatch> batches = staged.get(random.nextInt(staged.size()));
      StagedBatch batch = batches.get(0);
      for (int i = 0; i <= random.nextInt(2); i++) {
        RaftlessLog log = logs.get(random.nextInt(PROCESSES));
        commits.add(
            log.commit(batch.partition(), batches, null, null)
                .whenComplete(
                    (result, trouble) -> {
                      CompletableFuture<Long> outcome = outcomes.get(batch);
                      if (result != null && outcome != null) {
                        outcome.complete(result.baseOffsets().get(0));
                      }
                    }));
      }
    }

    private void takeOver(int process, int step) {
      Map<Integer, WriterClaim> claims =
          logs.get(process).acquire("writer" + process, "holder" + step).join();
      LogWriter old = writers.get(process);
      isFenced[process] = true;
      writers.set(process, logs.get(process).newWriter(options(process), claims));
      // The old one goes on with what it has buffered: a zombie.
      var unused = old.flush().exceptionally(trouble -> null);
    }

    private void fenceAndUnfence(int process) {
      RaftlessLog log = logs.get(process);
      long generation = log.fence("test").join();
      List<Long> ends = ends(log);
      assertThat(ends(log)).as("no append commits in a fenced log").isEqualTo(ends);
      log.unfence(generation, "test").join();
    }

    /** While everything else goes on, and another process may be at it, too. */
    private void compact(int process, int partition) {
      RaftlessLog log = logs.get(process);
      compactions.add(
          background.submit(
              () -> {
                try {
                  return Optional.of(log.compact(partition, EAGER));
                } catch (RaftlessException.UnknownOutcome | RaftlessException.Failed trouble) {
                  return Optional.empty();
                }
              }));
    }

    private static List<Long> ends(RaftlessLog log) {
      List<Long> ends = new ArrayList<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        ends.add(log.status(partition).join().nextOffset());
      }
      return ends;
    }

    /** Waits until every caller has heard something. */
    void settle() throws Exception {
      for (Future<Optional<CompactionReport>> compaction : compactions) {
        compaction.get(200, TimeUnit.SECONDS);
      }
      commits.forEach(commit -> commit.handle((result, trouble) -> true).join());
      writers.forEach(writer -> writer.flush().handle((done, trouble) -> true).join());
      told.stream()
          .filter(t -> t.process() >= 0)
          .forEach(t -> t.offset().handle((offset, trouble) -> true).join());
    }

    private static LogRecord record(String text) {
      return LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 0);
    }

    @Override
    public void close() {
      writers.forEach(LogWriter::close);
      logs.forEach(RaftlessLog::close);
      background.shutdownNow();
    }
  }

  private static void check(RaftlessLog log, ObjectStore store, List<Told> told)
      throws InterruptedException {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      List<String> texts = RaftlessLogTest.texts(log, partition, 0);
      assertThat(texts).as("nothing twice").doesNotHaveDuplicates();
      checkOrder(texts);
      assertThat(LogWitness.of(log, store, partition).head().nextOffset()).isEqualTo(texts.size());
      for (Told one : told) {
        if (one.partition() == partition) {
          checkTold(one, texts);
        }
      }
    }
  }

  private static void checkTold(Told one, List<String> texts) {
    if (!one.offset().isDone()) {
      return; // A staged batch whose commits failed or were never tried: either way is fine.
    }
    try {
      long offset = one.offset().join();
      assertThat(texts.get((int) offset))
          .as("what was acknowledged is there")
          .isEqualTo(one.text());
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof RaftlessException.UnknownOutcome)) {
        assertThat(texts).as("failed means absent: %s", e.getCause()).doesNotContain(one.text());
      }
    }
  }

  /**
   * Appends of one writer were made in the order of their names; so were those of all holders of
   * one writer id, since an older holder never commits after a newer one.
   */
  private static void checkOrder(List<String> texts) {
    for (int process = 0; process < PROCESSES; process++) {
      for (String kind : List.of("w", "f")) {
        String prefix = kind + process + "/";
        assertThat(texts.stream().filter(text -> text.startsWith(prefix)).toList()).isSorted();
      }
    }
  }
}
