package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.MemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several processes append, stage, commit, trim and vacuum at the same time, with a retention that
 * is shorter than many of them are slow, on a store that misbehaves. Whatever the heads refer to is
 * there afterwards, everything else is accounted for, and nobody was told what is not so.
 *
 * <p>A run is replayed with {@code -Draftless.seed=N}; threads make it similar, not identical.
 */
@Timeout(300)
class VacuumFaultsTest {
  private static final Logger LOG = LoggerFactory.getLogger(VacuumFaultsTest.class);
  private static final int PROCESSES = 3;
  private static final int STEPS = 150;
  private static final VacuumOptions HOUR = new VacuumOptions(Duration.ofHours(1), false, 4);
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofMinutes(30), new IndexShape(4, 3, 4));

  private final MovableClock clock = new MovableClock();
  private final List<RaftlessLog> logs = new ArrayList<>();
  private final List<LogWriter> writers = new ArrayList<>();
  private final List<List<StagedBatch>> staged = new ArrayList<>();
  private final List<String> stagedTexts = new ArrayList<>();

  /** What was appended, and what its caller heard. */
  private final Map<String, CompletableFuture<Long>> told = new HashMap<>();

  private final List<CompletableFuture<?>> underWay = new ArrayList<>();

  static LongStream seeds() {
    Long seed = Long.getLong("raftless.seed");
    if (seed != null) {
      return LongStream.of(seed);
    }
    long first = new Random().nextLong();
    return LongStream.range(first, first + Integer.getInteger("raftless.seeds", 8));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverTheHeadsReferToIsThere(long seed) throws Exception {
    LOG.warn("replay with -Draftless.seed={}", seed);
    Random random = new Random(seed);
    LogId id = LogId.of("p", "log");
    try (MemoryObjectStore memory = new MemoryObjectStore(clock);
        FaultyObjectStore store = new FaultyObjectStore(memory)) {
      RaftlessLog.create(store, id, 1, OPTIONS, VacuumTest.runtime(clock)).close();
      for (int i = 0; i < PROCESSES; i++) {
        logs.add(RaftlessLog.open(store, id, OPTIONS, VacuumTest.runtime(clock)));
        writers.add(logs.get(i).newWriter(WriterOptions.defaults().withLingerMillis(1)));
      }
      store.misbehave(new Random(seed + 1), 0.15);
      for (int step = 0; step < STEPS; step++) {
        step(random, step);
        if (step % 10 == 0) {
          // Nobody changes anything now, or it is read again: else a walk sees two states.
          settle();
          new Accounting(memory, id).everythingNeededExists();
        }
      }
      settle();
      store.behave();
      store.landLate();
      RaftlessLog log = logs.get(0);
      check(log);
      clock.move(Duration.ofHours(2));
      VacuumReport report = log.vacuum(HOUR, key -> {}).join();
      new Accounting(memory, id).everythingNeededExists().nothingElseIsOlderThan(report.bound());
      check(log);
      writers.forEach(LogWriter::close);
      logs.forEach(RaftlessLog::close);
    }
  }

  private void step(Random random, int step) throws InterruptedException {
    int process = random.nextInt(PROCESSES);
    RaftlessLog log = logs.get(process);
    int dice = random.nextInt(100);
    if (dice < 50) {
      String text = "w" + step;
      told.put(text, writers.get(process).append(0, record(text)));
    } else if (dice < 60) {
      String text = "s" + step;
      try (Stager stager = log.newStager(StagerOptions.defaults())) {
        stager.add(0, record(text));
        staged.add(stager.stage().join().get(0));
        stagedTexts.add(text);
      } catch (CompletionException notUploaded) {
        assertThat(notUploaded).hasCauseInstanceOf(RaftlessException.class);
      }
    } else if (dice < 72 && !staged.isEmpty()) {
      int which = random.nextInt(staged.size());
      underWay.add(log.commit(0, staged.get(which), null, null));
    } else if (dice < 78) {
      long end = log.status(0).join().nextOffset();
      underWay.add(log.trim(0, Math.max(0, end - random.nextInt(20))));
    } else if (dice < 86) {
      clock.move(Duration.ofMinutes(random.nextInt(25)));
    } else if (dice < 94) {
      underWay.add(log.vacuum(HOUR, key -> {}));
    } else {
      writers.get(process).goOn(0);
    }
  }

  private static LogRecord record(String text) {
    return LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 0);
  }

  /** Waits until everybody has heard something. */
  private void settle() {
    writers.forEach(writer -> writer.flush().handle((done, trouble) -> true).join());
    told.values().forEach(offset -> offset.handle((done, trouble) -> true).join());
    underWay.forEach(one -> one.handle((done, trouble) -> true).join());
    underWay.clear();
  }

  private void check(RaftlessLog log) {
    long start = log.status(0).join().startOffset();
    List<String> texts = RaftlessLogTest.texts(log, 0, start);
    assertThat(texts).doesNotHaveDuplicates();
    assertThat(texts).isSubsetOf(names());
    told.forEach(
        (text, heard) -> {
          try {
            long offset = heard.join();
            if (offset >= start) {
              assertThat(texts.get((int) (offset - start))).isEqualTo(text);
            } else {
              assertThat(texts).doesNotContain(text);
            }
          } catch (CompletionException e) {
            if (!(e.getCause() instanceof RaftlessException.UnknownOutcome)) {
              assertThat(texts).as("failed means absent: %s", e).doesNotContain(text);
            }
          }
        });
  }

  private List<String> names() {
    List<String> names = new ArrayList<>(told.keySet());
    names.addAll(stagedTexts);
    return names;
  }
}
