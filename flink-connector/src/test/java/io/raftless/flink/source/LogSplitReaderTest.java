package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReaderOptions;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LogSplitReaderTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final LogId OTHER = LogId.of("", "other");

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 3);
  private final RecordedMetrics recorded = new RecordedMetrics();
  private final ReaderMetrics metrics = new ReaderMetrics(recorded);
  private final LogSplitReader reader = open(source().settings());

  @AfterEach
  void close() {
    reader.close();
    log.close();
  }

  @Test
  void readsFromTheStartOffsetAndFinishesAtTheStopOffsetInTheMiddleOfABatch() throws Exception {
    append(0, 0, 10);
    append(0, 10, 20);
    assign(split(0, 3, 14));

    Fetched fetched = fetchUntilFinished(id(0));

    assertThat(fetched.offsets).isEqualTo(IntStream.range(3, 14).mapToObj(i -> (long) i).toList());
    assertThat(fetched.elements).isEqualTo(IntStream.range(3, 14).mapToObj(i -> "k/" + i).toList());
  }

  @Test
  void anEmptyRangeIsFinishedAtOnce() throws Exception {
    assign(split(1, 5, 5));
    assertThat(reader.fetch().finishedSplits()).containsExactly(id(1));
  }

  @Test
  void severalSplitsAreReadSideBySide() throws Exception {
    append(0, 0, 5);
    append(2, 0, 5);
    assign(split(0, 0, 5));
    assign(split(2, 0, 5));

    assertThat(fetchUntilFinished(id(0), id(2)).elements).hasSize(10);
  }

  @Test
  void aPausedSplitGivesNothingUntilItIsResumed() throws Exception {
    append(0, 0, 5);
    append(1, 0, 5);
    RaftlessSplit paused = split(0, 0, 5);
    assign(paused);
    reader.pauseOrResumeSplits(List.of(paused), List.of());
    assign(split(1, 0, 5));

    assertThat(fetchUntilFinished(id(1)).splits).containsExactly(id(1));

    reader.pauseOrResumeSplits(List.of(), List.of(paused));
    assertThat(fetchUntilFinished(id(0)).splits).containsExactly(id(0));
  }

  @Test
  void pausingASplitThatFinishedMeanwhileIsHarmless() throws Exception {
    append(0, 0, 5);
    RaftlessSplit split = split(0, 0, 5);
    assign(split);
    fetchUntilFinished(id(0));
    reader.pauseOrResumeSplits(List.of(split), List.of(split));
  }

  @Test
  void wakeUpEndsAFetchThatWaits() throws Exception {
    assign(split(0, 0, RaftlessSplit.UNBOUNDED));
    CompletableFuture<Void> waker = CompletableFuture.runAsync(reader::wakeUp);
    RecordsWithSplitIds<RaftlessRecord> fetched = reader.fetch();
    waker.join();
    assertThat(fetched.nextSplit()).isNull();
    assertThat(fetched.finishedSplits()).isEmpty();
  }

  @Test
  void aSplitOfAnotherIncarnationStopsTheJobForGood() {
    RaftlessSplit foreign =
        new RaftlessSplit(
            LOG, Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), 0, 0, 0, 10);
    assertThatThrownBy(() -> assign(foreign))
        .hasCauseInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("created again");
  }

  @Test
  void anOffsetBeyondTheEndStopsTheJobForGood() {
    assign(split(0, 1_000, RaftlessSplit.UNBOUNDED));
    assertThatThrownBy(() -> fetchUntilFinished(id(0)))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("start position");
  }

  @Test
  void splitsOfSeveralLogsAreReadSideBySideAndAnyOfThemWakesTheReader() throws Exception {
    try (TestLog other = TestLog.of(store, OTHER, 1)) {
      RaftlessSplit first = split(0, 0, 5);
      RaftlessSplit second =
          new RaftlessSplit(OTHER, other.log().incarnation(), 0, 0, 0, RaftlessSplit.UNBOUNDED);
      assign(first);
      assign(second);
      append(0, 0, 5);
      assertThat(fetchUntilFinished(first.splitId()).elements).hasSize(5);
      other.append(0, List.of(Numbered.record("k/0")));
      Fetched fetched = new Fetched();
      while (fetched.elements.isEmpty()) {
        fetchOnce(fetched);
      }
      assertThat(fetched.splits).containsExactly(second.splitId());
    }
  }

  @Test
  void severalRangesOfOnePartitionAreReadByOneReader() throws Exception {
    append(0, 0, 10);
    RaftlessSplit first = new RaftlessSplit(LOG, log.log().incarnation(), 0, 0, 0, 4);
    RaftlessSplit second = new RaftlessSplit(LOG, log.log().incarnation(), 0, 1, 4, 10);
    assign(second);
    assign(first);
    Fetched fetched = fetchUntilFinished(first.splitId(), second.splitId());
    assertThat(fetched.offsets).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void aBoundedSplitWhoseRestWasTrimmedFinishesWithoutRecords() throws Exception {
    append(0, 0, 10);
    log.log().trimToLatest(0).join();
    try (LogSplitReader lenient =
        open(
            source()
                .setReaderOptions(
                    ReaderOptions.defaults().withOnTrimmed(ReaderOptions.OnTrimmed.EARLIEST))
                .settings())) {
      lenient.handleSplitsChanges(new SplitsAddition<>(List.of(split(0, 2, 8))));
      Set<String> finished = new HashSet<>();
      while (finished.isEmpty()) {
        RecordsWithSplitIds<RaftlessRecord> fetched = lenient.fetch();
        assertThat(fetched.nextSplit()).isNull();
        finished.addAll(fetched.finishedSplits());
      }
      assertThat(finished).containsExactly(id(0));
      assertThat(recorded.count("raftless.recordsTrimmed")).isEqualTo(6);
    }
  }

  @Test
  void whatWasTrimmedBeforeItWasReadIsCounted() throws Exception {
    append(0, 0, 10);
    log.log().trim(0, 5).join();
    try (LogSplitReader lenient =
        open(
            source()
                .setReaderOptions(
                    ReaderOptions.defaults().withOnTrimmed(ReaderOptions.OnTrimmed.EARLIEST))
                .settings())) {
      lenient.handleSplitsChanges(new SplitsAddition<>(List.of(split(0, 2, 8))));
      RecordsWithSplitIds<RaftlessRecord> fetched = lenient.fetch();
      while (fetched.nextSplit() == null) {
        fetched = lenient.fetch();
      }
      RaftlessRecord first = fetched.nextRecordFromSplit();
      assertThat(first).isNotNull();
      assertThat(first.offset()).isEqualTo(5);
      assertThat(recorded.count("raftless.recordsTrimmed")).isEqualTo(3);
    }
  }

  @Test
  void aTrimmedOffsetStopsTheJobForGoodUnlessToldOtherwise() throws Exception {
    append(0, 0, 10);
    log.log().trim(0, 5).join();
    assign(split(0, 2, 8));
    assertThatThrownBy(() -> fetchUntilFinished(id(0)))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("OnTrimmed.EARLIEST");
  }

  @Test
  void aLogThatIsDeletedWhileItIsReadStopsTheJobForGood() throws Exception {
    assign(split(0, 0, RaftlessSplit.UNBOUNDED));
    log.log().delete("test").join();
    assertThatThrownBy(() -> fetchUntilFinished(id(0)))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("OnRemoved.IGNORE");
  }

  @Test
  void splitsOfRemovedLogsFinishIfThatIsIgnored() throws Exception {
    append(1, 0, 3);
    try (LogSplitReader lenient = open(source().setOnRemoved(OnRemoved.IGNORE).settings())) {
      RaftlessSplit old =
          new RaftlessSplit(
              LOG, Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), 0, 0, 0, 10);
      RaftlessSplit gone = new RaftlessSplit(OTHER, log.log().incarnation(), 0, 0, 0, 10);
      RaftlessSplit read = split(0, 0, RaftlessSplit.UNBOUNDED);
      lenient.handleSplitsChanges(new SplitsAddition<>(List.of(old, gone, read)));
      assertThat(lenient.fetch().finishedSplits())
          .containsExactlyInAnyOrder(old.splitId(), gone.splitId());
      log.log().delete("test").join();
      Set<String> finished = new HashSet<>();
      while (finished.isEmpty()) {
        finished.addAll(lenient.fetch().finishedSplits());
      }
      assertThat(finished).containsExactly(read.splitId());
      assertThat(recorded.count("raftless.splitsRemoved")).isEqualTo(3);
    }
  }

  @Test
  void aLogThatVacuumHasTakenAwayBeforeItWasReadIsARemovedOneNotADamagedOne() throws Exception {
    append(0, 0, 3);
    RaftlessSplit first = split(0, 0, RaftlessSplit.UNBOUNDED);
    log.log().delete("test").join();
    ReaderOptions small = new ReaderOptions(1, 20, 1_000, ReaderOptions.OnTrimmed.FAIL);
    RaftlessSplit old;
    try (TestLog again = TestLog.of(store, LOG, 3);
        LogSplitReader lenient =
            open(source().setOnRemoved(OnRemoved.IGNORE).setReaderOptions(small).settings())) {
      for (int i = 0; i < 50; i++) {
        again.append(0, List.of(Numbered.record("k/" + i)));
      }
      old = new RaftlessSplit(LOG, again.log().incarnation(), 0, 0, 0, RaftlessSplit.UNBOUNDED);
      lenient.handleSplitsChanges(new SplitsAddition<>(List.of(first, old)));
      assertThat(lenient.fetch().finishedSplits()).containsExactly(first.splitId());
      again.log().delete("test").join();
      RaftlessLog.vacuum(
          store, LOG, VacuumOptions.defaults().withRetention(Duration.ZERO), key -> {});
      Set<String> finished = new HashSet<>();
      while (finished.isEmpty()) {
        finished.addAll(lenient.fetch().finishedSplits());
      }
      assertThat(finished).containsExactly(old.splitId());
    }
  }

  @Test
  void splitsOfLogsThatAreNoLongerSubscribedFinish() throws Exception {
    RaftlessSplit elsewhere =
        new RaftlessSplit(
            LogId.of("elsewhere", "log"), log.log().incarnation(), 0, 0, 0, Long.MAX_VALUE);
    assign(elsewhere);
    assertThat(reader.fetch().finishedSplits()).containsExactly(elsewhere.splitId());
  }

  private void append(int partition, int from, int to) throws InterruptedException {
    List<LogRecord> records =
        IntStream.range(from, to).mapToObj(i -> Numbered.record("k/" + i)).toList();
    log.append(partition, records);
  }

  private RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(RegisteredStore.of(store))
        .setLogs(List.of(LOG, OTHER))
        .setDeserializer(new Numbered.Deserializer());
  }

  private RaftlessSplit split(int partition, long start, long stop) {
    return new RaftlessSplit(LOG, log.log().incarnation(), partition, 0, start, stop);
  }

  private String id(int partition) {
    return split(partition, 0, 0).splitId();
  }

  private void assign(RaftlessSplit split) {
    reader.handleSplitsChanges(new SplitsAddition<>(List.of(split)));
  }

  private static final class Fetched {
    final List<Long> offsets = new ArrayList<>();
    final List<String> elements = new ArrayList<>();
    final Set<String> splits = new HashSet<>();
  }

  private Fetched fetchUntilFinished(String... splits) throws IOException {
    Set<String> open = new HashSet<>(List.of(splits));
    Fetched fetched = new Fetched();
    while (!open.isEmpty()) {
      open.removeAll(fetchOnce(fetched));
    }
    return fetched;
  }

  private Set<String> fetchOnce(Fetched fetched) throws IOException {
    RecordsWithSplitIds<RaftlessRecord> records = reader.fetch();
    String split = records.nextSplit();
    if (split != null) {
      fetched.splits.add(split);
      RaftlessRecord record = records.nextRecordFromSplit();
      while (record != null) {
        fetched.offsets.add(record.offset());
        fetched.elements.add(Numbered.element(record.record()));
        record = records.nextRecordFromSplit();
      }
    }
    return records.finishedSplits();
  }

  private LogSplitReader open(SourceSettings<?> settings) {
    return LogSplitReader.open(settings, metrics, () -> settings.store().open());
  }
}
