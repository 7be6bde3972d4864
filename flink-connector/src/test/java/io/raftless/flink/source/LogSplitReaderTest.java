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
import io.raftless.log.ReaderOptions;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
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

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 3);
  private final LogSplitReader reader =
      LogSplitReader.open(
          new SourceSettings<>(
              RegisteredStore.of(store),
              LOG,
              StartPosition.earliest(),
              null,
              new Numbered.Deserializer(),
              ReaderOptions.defaults()));

  @AfterEach
  void close() {
    reader.close();
    log.close();
  }

  @Test
  void readsFromTheStartOffsetAndFinishesAtTheStopOffsetInTheMiddleOfABatch() throws Exception {
    append(0, 0, 10);
    append(0, 10, 20);
    assign(new RaftlessSplit(log.log().incarnation(), 0, 3, 14));

    Fetched fetched = fetchUntilFinished("0");

    assertThat(fetched.offsets).isEqualTo(IntStream.range(3, 14).mapToObj(i -> (long) i).toList());
    assertThat(fetched.elements).isEqualTo(IntStream.range(3, 14).mapToObj(i -> "k/" + i).toList());
  }

  @Test
  void anEmptyRangeIsFinishedAtOnce() throws Exception {
    assign(new RaftlessSplit(log.log().incarnation(), 1, 5, 5));
    assertThat(reader.fetch().finishedSplits()).containsExactly("1");
  }

  @Test
  void severalSplitsAreReadSideBySide() throws Exception {
    append(0, 0, 5);
    append(2, 0, 5);
    assign(new RaftlessSplit(log.log().incarnation(), 0, 0, 5));
    assign(new RaftlessSplit(log.log().incarnation(), 2, 0, 5));

    assertThat(fetchUntilFinished("0", "2").elements).hasSize(10);
  }

  @Test
  void aPausedSplitGivesNothingUntilItIsResumed() throws Exception {
    append(0, 0, 5);
    append(1, 0, 5);
    RaftlessSplit paused = new RaftlessSplit(log.log().incarnation(), 0, 0, 5);
    assign(paused);
    reader.pauseOrResumeSplits(List.of(paused), List.of());
    assign(new RaftlessSplit(log.log().incarnation(), 1, 0, 5));

    assertThat(fetchUntilFinished("1").splits).containsExactly("1");

    reader.pauseOrResumeSplits(List.of(), List.of(paused));
    assertThat(fetchUntilFinished("0").splits).containsExactly("0");
  }

  @Test
  void pausingASplitThatFinishedMeanwhileIsHarmless() throws Exception {
    append(0, 0, 5);
    RaftlessSplit split = new RaftlessSplit(log.log().incarnation(), 0, 0, 5);
    assign(split);
    fetchUntilFinished("0");
    reader.pauseOrResumeSplits(List.of(split), List.of(split));
  }

  @Test
  void wakeUpEndsAFetchThatWaits() throws Exception {
    assign(new RaftlessSplit(log.log().incarnation(), 0, 0, RaftlessSplit.UNBOUNDED));
    CompletableFuture<Void> waker = CompletableFuture.runAsync(reader::wakeUp);
    RecordsWithSplitIds<RaftlessRecord> fetched = reader.fetch();
    waker.join();
    assertThat(fetched.nextSplit()).isNull();
    assertThat(fetched.finishedSplits()).isEmpty();
  }

  @Test
  void aSplitOfAnotherIncarnationStopsTheJobForGood() {
    RaftlessSplit foreign =
        new RaftlessSplit(Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), 0, 0, 10);
    assertThatThrownBy(() -> assign(foreign))
        .hasCauseInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("created again");
  }

  @Test
  void anOffsetBeyondTheEndStopsTheJobForGood() {
    assign(new RaftlessSplit(log.log().incarnation(), 0, 1_000, RaftlessSplit.UNBOUNDED));
    assertThatThrownBy(() -> fetchUntilFinished("0"))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("start position");
  }

  private void append(int partition, int from, int to) throws InterruptedException {
    List<LogRecord> records =
        IntStream.range(from, to).mapToObj(i -> Numbered.record("k/" + i)).toList();
    log.append(partition, records);
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
      open.removeAll(records.finishedSplits());
    }
    return fetched;
  }
}
