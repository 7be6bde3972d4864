package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.head.Head;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.ObjectKind;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Small batches that are committed inside the head, end to end. */
@Timeout(120)
class InlineAppendTest {
  private static final LogId ID = LogId.of("test", "log");

  /** Batches of these tests have some 60 bytes: the head has room for three. */
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofSeconds(20), new IndexShape(8, 4, 16, 200));

  /** Looks at the end once and then not for a minute. */
  private static final ReaderOptions PATIENT =
      new ReaderOptions(64 << 20, 60_000, 60_000, ReaderOptions.OnTrimmed.FAIL);

  private static final CompactionOptions EAGER =
      new CompactionOptions(1 << 20, SegmentSettings.DEFAULT, 1, 1, Duration.ZERO, true, 100, 4);

  private final MovableClock clock = new MovableClock();
  private final CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore(clock));
  private final List<RaftlessLog> processes = new ArrayList<>();
  private final RaftlessLog log =
      remembered(RaftlessLog.create(store, ID, 1, OPTIONS, VacuumTest.runtime(clock)));

  @AfterEach
  void close() {
    processes.forEach(RaftlessLog::close);
    store.close();
  }

  private RaftlessLog remembered(RaftlessLog opened) {
    processes.add(opened);
    return opened;
  }

  private RaftlessLog process(ObjectStore its, Clock itsClock) {
    return remembered(RaftlessLog.open(its, ID, OPTIONS, VacuumTest.runtime(itsClock)));
  }

  private static LogWriter writer(RaftlessLog by) {
    return by.newWriter(
        WriterOptions.defaults().withLingerMillis(0).withCompression(Compression.NONE));
  }

  private static void append(RaftlessLog by, int from, int to) throws Exception {
    try (LogWriter writer = writer(by)) {
      for (int i = from; i < to; i++) {
        assertThat(writer.append(0, record("r" + i)).join()).isEqualTo(i);
      }
    }
  }

  private static List<String> records(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "r" + i).toList();
  }

  private Head head() {
    return log.partition(0).readHead().join().orElseThrow();
  }

  private List<String> objects(String kind) {
    return Accounting.keys(store, ID.root()).stream()
        .filter(key -> key.contains("/" + kind + "/"))
        .toList();
  }

  private RequestCounts counted(Runnable work) {
    RequestCounts before = store.counts();
    work.run();
    return store.counts().since(before);
  }

  /** What every test ends with. */
  private void everythingIsRight(int from, int to) throws Exception {
    new Accounting(store, ID).everythingNeededExists();
    try (RaftlessLog cold = RaftlessLog.open(store, ID, OPTIONS)) {
      assertThat(texts(cold, 0, from)).isEqualTo(records(from, to));
      LogWitness.of(cold, store, 0);
      assertThat(cold.verify(VerifyOptions.full()).findings()).isEmpty();
      assertThat(cold.verify(VerifyOptions.quick()).findings()).isEmpty();
    }
  }

  @Test
  void aSmallAppendIsOnePutAndItsReaderNeedsNoOtherRequestThanItsPoll() throws Exception {
    append(log, 0, 1);
    RaftlessLog other = process(store, clock);
    try (LogWriter writer = writer(log);
        LogReader reader =
            other.newReader(new ReaderOptions(1 << 20, 1, 1, ReaderOptions.OnTrimmed.FAIL))) {
      reader.assign(0, 1);
      assertThat(reader.poll(Duration.ofMillis(50))).isEmpty();
      for (int i = 1; i < 4; i++) {
        int number = i;
        RequestCounts counts =
            counted(
                () -> {
                  try {
                    writer.append(0, record("r" + number)).join();
                    ReadBatch batch = reader.poll(Duration.ofSeconds(20)).orElseThrow();
                    assertThat(batch.baseOffset()).isEqualTo(number);
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
        assertThat(counts.puts()).isEqualTo(1 + (i == 3 ? 1 : 0));
        assertThat(counts.gets()).isZero();
        assertThat(counts.total()).isEqualTo(counts.puts() + counts.conditionalGets());
      }
    }
    everythingIsRight(0, 4);
  }

  @Test
  void whatWasWrittenOutIsReadWithOneRequest() throws Exception {
    append(log, 0, 4);
    assertThat(objects("wal")).hasSize(1);
    assertThat(head().wal().entries()).extracting(Entry::inlineBytes).last().isNotEqualTo(0);
    RaftlessLog cold = process(store, clock);
    try (LogReader reader = cold.newReader(PATIENT)) {
      RequestCounts counts =
          counted(
              () -> {
                reader.assign(0, 0);
                for (int i = 0; i < 4; i++) {
                  assertThat(next(reader).baseOffset()).isEqualTo(i);
                }
              });
      // The head, and the first three.
      assertThat(counts.gets()).isEqualTo(2);
    }
  }

  private static ReadBatch next(LogReader reader) {
    try {
      return reader.poll(Duration.ofSeconds(20)).orElseThrow();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every append of four is one that writes out what was before. */
  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAppendIsThereOnceWhateverHappensToItsWrites(Fault fault) throws Exception {
    FaultyObjectStore faulty = new FaultyObjectStore(store);
    RaftlessLog by = process(faulty, clock);
    try (LogWriter writer = writer(by)) {
      for (int i = 0; i < 12; i++) {
        faulty.next("/0/head", fault);
        if (i % 3 == 0) {
          faulty.next("/wal/", fault);
        }
        assertThat(writer.append(0, record("r" + i)).join()).isEqualTo(i);
        faulty.landLate();
      }
    }
    everythingIsRight(0, 12);
  }

  /** A response is lost, and what landed is written out of the head before anybody looks. */
  @Test
  void anAppendWhoseBatchWasWrittenOutBeforeItsOutcomeIsKnownIsThereOnce() throws Exception {
    FaultyObjectStore faulty = new FaultyObjectStore(store);
    RaftlessLog by = process(faulty, clock);
    append(by, 0, 1);
    faulty.afterNext(
        "/0/head",
        Fault.RESPONSE_LOST,
        () -> {
          try {
            append(log, 2, 30);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    try (LogWriter writer = writer(by)) {
      assertThat(writer.append(0, record("r1")).join()).isEqualTo(1);
    }
    assertThat(head().wal().levels()).isNotEmpty();
    everythingIsRight(0, 30);
  }

  @Test
  void theObjectIsThereBeforeTheHeadThatRefersToIt() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog by = process(gated, clock);
    append(by, 0, 3);
    gated.hold("/wal/");
    try (LogWriter writer = writer(by)) {
      long version = head().version();
      CompletableFuture<Long> fourth = writer.append(0, record("r3"));
      gated.await(1);
      assertThat(head().version()).isEqualTo(version);
      new Accounting(store, ID).everythingNeededExists();
      gated.open();
      assertThat(fourth.join()).isEqualTo(3);
    }
    everythingIsRight(0, 4);
  }

  @Test
  void vacuumKeepsWhatBatchesWereWrittenOutToAndNothingOfThemElse() throws Exception {
    append(log, 0, 40);
    clock.move(Duration.ofDays(30));
    log.vacuum(VacuumOptions.defaults(), key -> {}).join();
    everythingIsRight(0, 40);
    append(log, 40, 44);
    log.compact(0, EAGER);
    clock.move(Duration.ofDays(30));
    long garbage = objects("wal").size();
    assertThat(garbage).isPositive();
    assertThat(
            log.vacuum(VacuumOptions.defaults(), key -> {})
                .join()
                .deleted(ObjectKind.WAL)
                .objects())
        .isEqualTo(garbage);
    everythingIsRight(0, 44);
  }

  /**
   * The bound is between the time of the batches and that of the process that writes them out: it
   * commits what somebody else staged, whose clock is ahead as well, so no batch of the node is
   * below the bound.
   */
  @Test
  void vacuumKeepsAnObjectThatAProcessWroteWhoseClockIsBehindThatOfTheProducers() throws Exception {
    LogOptions few = new LogOptions(Duration.ofSeconds(20), new IndexShape(4, 4, 16));
    MovableClock fast = new MovableClock();
    fast.move(Duration.ofHours(20));
    RaftlessLog ahead = remembered(RaftlessLog.open(store, ID, few, VacuumTest.runtime(fast)));
    RaftlessLog behind = remembered(RaftlessLog.open(store, ID, few, VacuumTest.runtime(clock)));
    append(ahead, 0, 4);
    try (Stager stager = ahead.newStager(StagerOptions.defaults())) {
      stager.add(0, record("r4"));
      behind.commit(0, stager.stage().join().get(0), null, null).join();
    }
    assertThat(objects("wal")).hasSize(2);
    // The last of those that were written out goes into the node as well.
    append(ahead, 5, 9);
    assertThat(head().wal().entries().get(0).baseOffset()).isGreaterThan(3);
    clock.move(Duration.ofHours(10));
    log.vacuum(VacuumOptions.defaults().withRetention(Duration.ofHours(1)), key -> {}).join();
    everythingIsRight(0, 9);
  }

  @Test
  void anAppendThatStalledPastVacuumWithItsObjectWritesAnother() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog slow = process(gated, clock);
    append(slow, 0, 3);
    try (LogWriter writer = writer(slow)) {
      gated.hold("/0/head");
      CompletableFuture<Long> stalled = writer.append(0, record("r3"));
      gated.await(1);
      String orphan = objects("wal").get(0);
      clock.move(Duration.ofDays(30));
      log.vacuum(VacuumOptions.defaults(), key -> {}).join();
      assertThat(objects("wal")).isEmpty();
      gated.open();
      // Whether it landed cannot be told any more: its label is below the horizon.
      assertThatThrownBy(stalled::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      writer.goOn(0);
      assertThat(writer.append(0, record("r3")).join()).isEqualTo(3);
      assertThat(objects("wal")).hasSize(1).doesNotContain(orphan);
    }
    everythingIsRight(0, 4);
  }

  @Test
  void aCompactionAndAnAppendThatWritesOutDoNotHarmEachOther() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog slow = process(gated, clock);
    append(log, 0, 3);
    // The compactor has the data of the head, and then the batches leave it.
    gated.hold("/0/head");
    CompletableFuture<CompactionReport> compaction =
        CompletableFuture.supplyAsync(() -> compacted(slow));
    gated.await(1);
    append(log, 3, 6);
    assertThat(objects("wal")).isNotEmpty();
    gated.open();
    assertThat(compaction.join().batches()).isEqualTo(3);
    assertThat(head().compactionCursor()).isEqualTo(3);
    everythingIsRight(0, 6);

    // The other way round: what an append is about to write out is compacted meanwhile.
    GatedStore gatedToo = new GatedStore(store);
    RaftlessLog slowToo = process(gatedToo, clock);
    int inHead = (int) head().wal().entries().stream().filter(e -> e.data() != null).count();
    append(log, 6, 6 + 3 - inHead);
    int end = 6 + 3 - inHead;
    slowToo.status(0).join();
    try (LogWriter writer = writer(slowToo)) {
      gatedToo.hold("/0/head");
      CompletableFuture<Long> append = writer.append(0, record("r" + end));
      gatedToo.await(1);
      log.compact(0, EAGER);
      assertThat(head().wal().isEmpty()).isTrue();
      gatedToo.open();
      assertThat(append.join()).isEqualTo(end);
    }
    assertThat(head().wal().entries()).hasSize(1);
    everythingIsRight(0, end + 1);
  }

  private static CompactionReport compacted(RaftlessLog by) {
    try {
      return by.compact(0, EAGER);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aHeadWithoutBatchesInItIsOfTheOldFormatAgain() throws Exception {
    append(log, 0, 3);
    assertThat(head().format()).isEqualTo(3);
    log.compact(0, EAGER);
    assertThat(head().format()).isEqualTo(1);
    everythingIsRight(0, 3);
  }

  @Test
  void offsetsAndTimesAreFoundInTheHead() throws Exception {
    try (LogWriter writer = writer(log)) {
      for (int i = 0; i < 20; i++) {
        byte[] text = ("r" + i).getBytes(StandardCharsets.UTF_8);
        writer.append(0, LogRecord.of(null, text, 1_000 + i)).join();
      }
    }
    try (RaftlessLog cold = RaftlessLog.open(store, ID, OPTIONS)) {
      for (int i = 0; i < 20; i++) {
        assertThat(cold.offsetForTime(0, 1_000 + i).join()).isEqualTo(OptionalLong.of(i));
        assertThat(texts(cold, 0, i)).isEqualTo(records(i, 20));
      }
    }
    RaftlessLog another = process(store, clock);
    assertThat(counted(() -> another.offsetForTime(0, 1_019).join()).gets()).isEqualTo(1);
  }

  @Test
  void whatIsTrimmedInTheHeadIsGoneAndForgottenInTime() throws Exception {
    append(log, 0, 3);
    log.trim(0, 2).join();
    everythingIsRight(2, 3);
    append(log, 3, 5);
    everythingIsRight(2, 5);
    log.trim(0, 5).join();
    clock.move(Duration.ofDays(30));
    log.vacuum(VacuumOptions.defaults(), key -> {}).join();
    assertThat(head().wal().isEmpty()).isTrue();
    assertThat(objects("wal")).isEmpty();
    append(log, 5, 6);
    everythingIsRight(5, 6);
  }

  @Test
  void damageOfABatchInTheHeadIsFound() throws Exception {
    append(log, 0, 2);
    Head head = head();
    Entry entry = head.wal().entries().get(1);
    String data = Objects.requireNonNull(entry.data()).toString();
    ByteBuffer block = ByteBuffer.allocate(entry.length());
    block.put(entry.data().buffer()).flip();
    block.put(entry.length() - 1, (byte) (block.get(entry.length() - 1) ^ 1));
    String damaged = Base64.getEncoder().encodeToString(block.array());
    String key = log.partition(0).cell().key();
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    String json = StandardCharsets.UTF_8.decode(found.body().duplicate()).toString();
    store
        .putIfMatch(
            key,
            found.etag(),
            ByteBuffer.wrap(json.replace(data, damaged).getBytes(StandardCharsets.UTF_8)))
        .join();
    RaftlessLog cold = process(store, clock);
    assertThat(cold.verify(VerifyOptions.full()).findings())
        .singleElement()
        .satisfies(
            damage -> {
              assertThat(damage.key()).isEqualTo(key);
              assertThat(damage.baseOffset()).isEqualTo(1);
            });
    assertThatThrownBy(() -> texts(cold, 0, 0)).isInstanceOf(RaftlessException.Corrupted.class);
    assertThatThrownBy(() -> cold.compact(0, EAGER))
        .isInstanceOf(RaftlessException.Corrupted.class);
  }

  @Test
  void whatIsLargeGoesThroughAnObjectAndTheOrderStays() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog by = process(gated, clock);
    gated.hold("/wal/");
    String large = "x".repeat(9_000);
    try (LogWriter writer = writer(by)) {
      CompletableFuture<Long> first = writer.append(0, record(large));
      gated.await(1);
      CompletableFuture<Long> second = writer.append(0, record("small"));
      // It needs no upload, but its turn has not come.
      assertThat(second).isNotDone();
      gated.open();
      assertThat(List.of(first.join(), second.join())).containsExactly(0L, 1L);
    }
    assertThat(texts(log, 0, 0)).containsExactly(large, "small");
  }

  @Test
  void smallBatchesOfManyPartitionsShareAnObject() throws Exception {
    RaftlessLog wide =
        remembered(
            RaftlessLog.create(
                store,
                LogId.of("test", "wide"),
                300,
                LogOptions.defaults(),
                VacuumTest.runtime(clock)));
    try (LogWriter writer = wide.newWriter(WriterOptions.defaults().withLingerMillis(60_000))) {
      RequestCounts counts =
          counted(
              () -> {
                for (int partition = 0; partition < 300; partition++) {
                  appended(writer, partition);
                }
                writer.flush().join();
              });
      // One more than there are partitions. Each of 300 heads would be written out in time.
      assertThat(counts.puts()).isEqualTo(301);
    }
    assertThat(Accounting.keys(store, wide.id().root()).stream().filter(k -> k.contains("/wal/")))
        .hasSize(1);
  }

  private static void appended(LogWriter writer, int partition) {
    try {
      var unused = writer.append(partition, record("x".repeat(100)));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void stagedBatchesAreAlwaysInObjects() throws Exception {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("r0"));
      List<StagedBatch> staged = stager.stage().join().get(0);
      assertThat(objects("wal")).hasSize(1);
      log.commit(0, staged, null, null).join();
    }
    assertThat(head().wal().entries()).extracting(Entry::inlineBytes).containsExactly(0);
    append(log, 1, 3);
    everythingIsRight(0, 3);
    Entry inline = head().wal().entries().get(1);
    assertThatThrownBy(
            () ->
                new StagedBatch(
                    log.incarnation(),
                    0,
                    BatchRef.inline(
                        inline.label(), Objects.requireNonNull(inline.data()), 1, 0, 0)))
        .hasMessageContaining("is in no object");
  }

  /** While the store is slow, what waits to be committed is in memory and must be counted. */
  @Test
  void batchesThatWaitForTheirCommitCountAsMemory() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog by =
        remembered(RaftlessLog.open(gated, ID, LogOptions.defaults(), VacuumTest.runtime(clock)));
    WriterOptions options =
        WriterOptions.defaults()
            .withLingerMillis(0)
            .withCompression(Compression.NONE)
            .withObjectBytes(64 << 10)
            .withMaxBytesInMemory(64 << 10)
            .withOnFull(WriterOptions.OnFull.FAIL);
    LogWriter writer = by.newWriter(options);
    gated.hold("/0/head");
    LogRecord record = LogRecord.of(null, new byte[3_000], 0);
    int accepted = 0;
    long giveUpAt = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (accepted < 40 && System.nanoTime() < giveUpAt) {
      try {
        var unused = writer.append(0, List.of(record), AppendConditions.NONE);
        accepted++;
      } catch (RaftlessException.BufferFull full) {
        // What the flush before took is given back in a moment: what is kept then is the batch.
        Thread.onSpinWait();
      }
    }
    assertThat(accepted).isBetween(5, 20);
    gated.open();
    writer.close();
  }

  @Test
  void labelsOfBatchesInTheHeadNameNoObject() throws Exception {
    append(log, 0, 3);
    assertThat(objects("wal")).isEmpty();
    List<Label> labels = head().wal().entries().stream().map(Entry::label).toList();
    assertThat(labels).doesNotHaveDuplicates();
  }
}
