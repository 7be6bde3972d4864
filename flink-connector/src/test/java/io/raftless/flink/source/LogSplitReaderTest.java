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
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LogSplitReaderTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final LogId OTHER = LogId.of("", "other");

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 3);
  private final SourceSettings<String> settings =
      SourceSettings.defaults(
          RegisteredStore.of(store),
          new Subscription.Listed(List.of(LOG, OTHER)),
          new Numbered.Deserializer());
  private final LogSplitReader reader =
      LogSplitReader.open(
          settings, new ReaderMetrics(UnregisteredMetricsGroup.createSourceReaderMetricGroup()));

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

  private void append(int partition, int from, int to) throws InterruptedException {
    List<LogRecord> records =
        IntStream.range(from, to).mapToObj(i -> Numbered.record("k/" + i)).toList();
    log.append(partition, records);
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
