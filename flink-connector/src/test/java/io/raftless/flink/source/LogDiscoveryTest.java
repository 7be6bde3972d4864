package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LogDiscoveryTest {
  private static final LogId LOG = LogId.of("logs", "log");
  private static final LogId OTHER = LogId.of("logs", "other");

  private final FlakyStore store = new FlakyStore();
  private final TestLog log = TestLog.of(store, LOG, 2);
  private final List<Duration> pauses = new ArrayList<>();

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void earliestAndLatestAreTheEndsOfEachPartition() throws Exception {
    append(0, 1_000, 10);
    log.log().trim(0, 4).join();
    assertThat(look(StartPosition.earliest(), null))
        .containsExactly(
            split(0, 4, RaftlessSplit.UNBOUNDED), split(1, 0, RaftlessSplit.UNBOUNDED));
    assertThat(look(StartPosition.latest(), StopPosition.latest()))
        .containsExactly(split(0, 10, 10), split(1, 0, 0));
  }

  @Test
  void timestampsAreTheFirstRecordOfThatTimeOrLaterOrTheEnd() throws Exception {
    append(0, 1_000, 10);
    append(1, 500, 3);
    assertThat(look(StartPosition.timestamp(1_003), StopPosition.timestamp(1_007)))
        .containsExactly(split(0, 3, 7), split(1, 3, 3));
    assertThat(look(StartPosition.timestamp(0), StopPosition.timestamp(5_000)))
        .containsExactly(split(0, 0, 10), split(1, 0, 3));
  }

  @Test
  void aGroupStartsWhereItsCursorsAreAndElsewhereAtTheFallback() throws Exception {
    append(0, 1_000, 10);
    append(1, 1_000, 10);
    log.log().group("readers").advance(1, 0, 6, null).join();
    StopPosition stop = StopPosition.latest();
    assertThat(look(StartPosition.group("readers", StartPosition.latest()), stop))
        .containsExactly(split(0, 10, 10), split(1, 6, 10));
    assertThat(look(StartPosition.group("readers", StartPosition.timestamp(1_002)), stop))
        .containsExactly(split(0, 2, 10), split(1, 6, 10));
    assertThat(look(StartPosition.group("nobody", StartPosition.earliest()), stop))
        .containsExactly(split(0, 0, 10), split(1, 0, 10));
  }

  @Test
  void givenOffsetsNameEveryPartition() throws Exception {
    append(0, 1_000, 10);
    assertThat(look(StartPosition.offsets(Map.of(0, 10L, 1, 0L)), StopPosition.latest()))
        .containsExactly(split(0, 10, 10), split(1, 0, 0));
    assertThat(
            look(
                StartPosition.offsetsOf(
                    Map.of(new LogPartition(LOG, 0), 1L, new LogPartition(LOG, 1), 0L)),
                StopPosition.offsetsOf(
                    Map.of(new LogPartition(LOG, 0), 20L, new LogPartition(LOG, 1), 5L))))
        .as("a stop beyond the end is waited for")
        .containsExactly(split(0, 1, 20), split(1, 0, 5));
    assertThatThrownBy(() -> look(StartPosition.offsets(Map.of(0, 1L)), null))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("names no offset for partition 1");
  }

  @Test
  void aStartBeyondTheEndFailsTheJobForGood() {
    assertThatThrownBy(() -> look(StartPosition.offsets(Map.of(0, 1L, 1, 0L)), null))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining(
            "offset 1 of partition 0 of log logs/log is beyond the end, which is 0");
  }

  @Test
  void aStartThatWasTrimmedFailsTheJobOrIsTheFirstThereIsAsTheReaderOptionsSay() throws Exception {
    append(0, 1_000, 10);
    log.log().trim(0, 4).join();
    log.log().group("readers").advance(0, 0, 2, null).join();
    StartPosition given = StartPosition.offsets(Map.of(0, 1L, 1, 0L));
    StartPosition group = StartPosition.group("readers", StartPosition.earliest());
    assertThatThrownBy(() -> look(given, null))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("was trimmed away, the first there is is 4")
        .hasMessageContaining("OnTrimmed.EARLIEST");
    assertThatThrownBy(() -> look(group, null)).hasMessageContaining("group 'readers'");

    ReaderOptions earliest =
        ReaderOptions.defaults().withOnTrimmed(ReaderOptions.OnTrimmed.EARLIEST);
    Discovery.Found found =
        discovery(source().setStartPosition(given).setReaderOptions(earliest)).look(Map.of(), true);
    assertThat(found.splits().get(0).startOffset()).isEqualTo(4);
    assertThat(found.trimmedRecords()).isEqualTo(3);
    found =
        discovery(source().setStartPosition(group).setReaderOptions(earliest)).look(Map.of(), true);
    assertThat(found.splits().get(0).startOffset()).isEqualTo(4);
    assertThat(found.trimmedRecords()).isEqualTo(2);
  }

  @Test
  void whatIsFoundLaterIsReadFromItsStart() throws Exception {
    append(0, 1_000, 10);
    Discovery discovery = discovery(source().setStartPosition(StartPosition.latest()));
    Discovery.Found first = discovery.look(Map.of(), true);
    log.log().addPartitions(4).join();
    append(3, 1_000, 5);
    Discovery.Found second = discovery.look(first.logs(), false);
    assertThat(second.splits())
        .containsExactly(
            split(2, 0, RaftlessSplit.UNBOUNDED), split(3, 0, RaftlessSplit.UNBOUNDED));
    assertThat(second.logs()).isEqualTo(Map.of(LOG, known(log, 4)));
    assertThat(discovery.look(second.logs(), false).splits()).isEmpty();
  }

  @Test
  void aPatternMatchesLogsDirectlyBelowThePrefixThatExist() throws Exception {
    RaftlessSourceBuilder<String> matching =
        source().setLogPattern("logs", Pattern.compile("o.*|log"));
    Discovery discovery = discovery(matching);
    try (TestLog other = TestLog.of(store, OTHER, 1);
        TestLog unlike = TestLog.of(store, LogId.of("logs", "unlike"), 1);
        TestLog deeper = TestLog.of(store, LogId.of("logs/deeper", "log"), 1)) {
      Discovery.Found first = discovery.look(Map.of(), true);
      assertThat(first.logs()).containsOnlyKeys(LOG, OTHER);
      other.log().delete("test").join();
      assertThat(discovery.look(first.logs(), false).logs()).containsOnlyKeys(LOG);
      assertThat(unlike.size() + deeper.size()).isZero();
    }
    try (TestLog again = TestLog.of(store, OTHER, 3)) {
      Discovery.Found found = discovery.look(Map.of(LOG, known(log, 2)), false);
      assertThat(found.logs()).containsEntry(OTHER, known(again, 3));
      assertThat(found.splits()).hasSize(3).allMatch(split -> split.startOffset() == 0);
    }
  }

  @Test
  void aLogThatWasCreatedAgainHasNewSplitsOfAllItsPartitions() throws Exception {
    Discovery discovery = discovery(source());
    Discovery.Found first = discovery.look(Map.of(), true);
    log.log().delete("test").join();
    try (TestLog again = TestLog.of(store, LOG, 2)) {
      Discovery.Found second = discovery.look(first.logs(), false);
      assertThat(second.logs()).isEqualTo(Map.of(LOG, known(again, 2)));
      assertThat(second.splits()).hasSize(2);
      assertThat(second.splits().get(0).splitId()).isNotEqualTo(first.splits().get(0).splitId());
    }
  }

  @Test
  void aListedLogMustExistWhenTheJobStarts() {
    RaftlessSourceBuilder<String> missing = source().setLogs(List.of(LOG, OTHER));
    assertThatThrownBy(() -> discovery(missing).look(Map.of(), true))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("log logs/other does not exist");
  }

  @Test
  void aRestoredBoundedSourceReadsNothingNew() throws Exception {
    Discovery discovery = discovery(source().setStopPosition(StopPosition.latest()));
    Discovery.Found first = discovery.look(Map.of(), true);
    log.log().addPartitions(4).join();
    Discovery.Found second = discovery.look(first.logs(), false);
    assertThat(second.splits()).isEmpty();
    assertThat(second.logs()).isEqualTo(first.logs());
  }

  @Test
  void rangesOfAPartitionCoverItWithoutGapOrOverlap() throws Exception {
    append(0, 1_000, 10);
    append(1, 1_000, 2);
    List<RaftlessSplit> splits =
        discovery(
                source()
                    .setRangesPerPartition(4)
                    .setStopPosition(StopPosition.offsets(Map.of(0, 12L, 1, 2L))))
            .look(Map.of(), true)
            .splits();
    assertThat(splits)
        .containsExactlyInAnyOrder(
            range(0, 0, 0, 3),
            range(0, 1, 3, 6),
            range(0, 2, 6, 8),
            range(0, 3, 8, 12),
            range(1, 0, 0, 1),
            range(1, 1, 1, 2));
    assertThat(splits.stream().map(RaftlessSplit::range)).isSorted();
  }

  @Test
  void aTransientFailureIsTriedAgainAndAPersistentOneFails() throws Exception {
    store.failures.set(3);
    assertThat(look(StartPosition.earliest(), null)).hasSize(2);
    assertThat(pauses)
        .containsExactly(Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1));

    store.failures.set(Integer.MAX_VALUE);
    assertThatThrownBy(() -> look(StartPosition.earliest(), null))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("logs/log cannot be read");
  }

  @Test
  void aClosedDiscoveryDoesNotTryAgain() {
    Discovery discovery = discovery(source());
    discovery.close();
    assertThatThrownBy(() -> discovery.look(Map.of(), true)).isInstanceOf(IOException.class);
    assertThat(pauses).isEmpty();
  }

  private void append(int partition, long firstTimestamp, int count) throws InterruptedException {
    log.append(
        partition,
        IntStream.range(0, count)
            .mapToObj(i -> LogRecord.of(null, new byte[] {1}, firstTimestamp + i))
            .toList());
  }

  private RaftlessSplit split(int partition, long start, long stop) {
    return new RaftlessSplit(LOG, log.log().incarnation(), partition, 0, start, stop);
  }

  private RaftlessSplit range(int partition, int range, long start, long stop) {
    return new RaftlessSplit(LOG, log.log().incarnation(), partition, range, start, stop);
  }

  private static KnownLog known(TestLog log, int partitions) {
    return new KnownLog(log.log().incarnation(), partitions);
  }

  private RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(RegisteredStore.of(store))
        .setLog(LOG)
        .setDeserializer(new Numbered.Deserializer());
  }

  private LogDiscovery discovery(RaftlessSourceBuilder<String> source) {
    SourceSettings<String> settings = source.settings();
    return new LogDiscovery(settings, () -> settings.store().open(), pauses::add);
  }

  private List<RaftlessSplit> look(StartPosition start, @Nullable StopPosition stop)
      throws IOException, InterruptedException {
    RaftlessSourceBuilder<String> source = source().setStartPosition(start);
    LogDiscovery discovery = discovery(stop == null ? source : source.setStopPosition(stop));
    try {
      return discovery.look(Map.of(), true).splits();
    } finally {
      discovery.close();
    }
  }

  /** Fails the next reads. */
  private static final class FlakyStore extends ForwardingObjectStore {
    private final AtomicInteger failures = new AtomicInteger();

    FlakyStore() {
      super(new MemoryObjectStore());
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      return failures.getAndUpdate(n -> n > 0 && n < Integer.MAX_VALUE ? n - 1 : n) > 0
          ? CompletableFuture.failedFuture(
              StoreException.refused("the test fails this read", new IOException("no")))
          : super.get(key);
    }

    @Override
    public void close() {
      // The test goes on with it.
    }
  }
}
