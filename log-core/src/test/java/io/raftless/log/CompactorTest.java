package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentFooter;
import io.raftless.format.SegmentSettings;
import io.raftless.head.AdvanceHorizon;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.TakeState;
import io.raftless.head.Trim;
import io.raftless.id.Label;
import io.raftless.index.IndexShape;
import io.raftless.index.Segment;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.CompactionReport.Outcome;
import io.raftless.store.ETag;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compaction as its users and everybody around it see it. */
@Timeout(120)
class CompactorTest {
  private static final LogId ID = LogId.of("", "log");
  private static final String HEAD = "/0/head";
  private static final LogOptions SMALL =
      new LogOptions(Duration.ofSeconds(60), new IndexShape(4, 3, 2));

  /** Whatever there is, in segments of 4 KiB. */
  private static final CompactionOptions NOW =
      new CompactionOptions(
          4 << 10,
          new SegmentSettings(1 << 10, Compression.ZSTD, 3),
          1,
          1,
          Duration.ZERO,
          true,
          100,
          8);

  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore());
  private final Random random = new Random(7);
  private final ExecutorService background = Executors.newCachedThreadPool();
  private RaftlessLog log = create();
  private final List<String> appended = Collections.synchronizedList(new ArrayList<>());

  private RaftlessLog create() {
    RaftlessLog.create(store, ID, 1).close();
    return open(store);
  }

  private static RaftlessLog open(ObjectStore on) {
    return RaftlessLog.open(on, ID, SMALL);
  }

  @AfterEach
  void close() {
    background.shutdownNow();
    log.close();
    store.close();
  }

  private LogRecord record(String text) {
    return LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 1_000);
  }

  /** A text that does not get smaller by compression. */
  private synchronized String text(int length) {
    StringBuilder text = new StringBuilder("r" + appended.size() + "-");
    while (text.length() < length) {
      text.append((char) ('!' + random.nextInt(90)));
    }
    return text.toString();
  }

  /** Appends batches of one record. */
  private void append(int batches) throws InterruptedException {
    append(log, batches, 300);
  }

  private void append(RaftlessLog by, int batches, int length) throws InterruptedException {
    try (LogWriter writer =
        by.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = 0; i < batches; i++) {
        String text = text(length);
        writer.append(0, record(text)).join();
        appended.add(text);
      }
    }
  }

  private CompactionReport compact() throws InterruptedException {
    return log.compact(0, NOW);
  }

  private LogWitness witness() {
    return LogWitness.of(log, store, 0);
  }

  private Head head() {
    return log.partition(0).cell().read().join().state();
  }

  private LogKeys keys() {
    return new LogKeys(ID.root(), log.incarnation());
  }

  private List<String> listed(String part) {
    List<String> keys = new ArrayList<>();
    String continuation = null;
    do {
      ListPage page = store.list("", continuation).join();
      page.objects().stream().map(o -> o.key()).filter(k -> k.contains(part)).forEach(keys::add);
      continuation = page.continuation();
    } while (continuation != null);
    return keys;
  }

  /** What a vacuum will do once all of it is in segments. */
  private void deleteWal() {
    listed("/wal/").forEach(key -> store.delete(key).join());
  }

  private void trim(long offset) {
    assertThat(log.partition(0).update(new Trim(offset)).join())
        .isEqualTo(new Trim.Outcome.Trimmed(offset));
  }

  private static <T> T soon(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 17, 120})
  void recordsLabelsAndChainAreTheSameBeforeAndAfter(int batches) throws Exception {
    append(batches);
    LogWitness before = witness();
    CompactionReport report = compact();
    LogWitness after = witness();
    assertThat(after.batches()).isEqualTo(before.batches());
    assertThat(after.head().chain()).isEqualTo(before.head().chain());
    assertThat(after.head().compactionCursor()).isEqualTo(batches);
    assertThat(after.head().wal().isEmpty()).isTrue();
    assertThat(report.outcome()).isEqualTo(Outcome.INSTALLED);
    assertThat(report.batches()).isEqualTo(batches);
    deleteWal();
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void segmentsAreAsLargeAsTheyShouldBeAndNeverLarger() throws Exception {
    append(100);
    compact();
    List<Segment> segments = witness().segments();
    assertThat(segments).hasSizeBetween(8, 14);
    for (Segment segment : segments.subList(0, segments.size() - 1)) {
      assertThat(segment.bytes()).isBetween(3_000L, 6_000L);
    }
  }

  @Test
  void blocksOfRealSizesAreCopiedAndComeOutTheSame() throws Exception {
    try (LogWriter writer =
        log.newWriter(
            new WriterOptions(
                    4 << 20, 60_000, 64L << 20, 4, Compression.ZSTD, WriterOptions.OnFull.BLOCK)
                .withInlineBytes(0))) {
      byte[] value = new byte[16 << 10];
      for (int i = 0; i < 3_000; i++) {
        random.nextBytes(value);
        var unused = writer.append(0, LogRecord.of(null, value.clone(), i));
      }
      writer.flush().join();
    }
    LogWitness before = witness();
    CompactionReport report =
        log.compact(0, CompactionOptions.defaults().withSegmentBytes(24 << 20).forced());
    LogWitness after = witness();
    assertThat(after.batches()).isEqualTo(before.batches());
    assertThat(after.segments()).hasSizeBetween(2, 4);
    assertThat(report.reads()).isEqualTo(before.batches().size());
  }

  @Test
  void nothingIsDoneBeforeItIsDue() throws Exception {
    append(3);
    CompactionOptions patient = CompactionOptions.defaults();
    CompactionReport report = log.compact(0, patient);
    assertThat(report.outcome()).isEqualTo(Outcome.NOTHING_DUE);
    assertThat(head().compactionCursor()).isZero();
    assertThat(log.compact(0, due(Long.MAX_VALUE, 4, Duration.ofDays(1))).rounds()).isZero();
    assertThat(log.compact(0, due(Long.MAX_VALUE, 3, Duration.ofDays(1))).rounds()).isEqualTo(1);
    append(3);
    assertThat(log.compact(0, due(2_000, 9, Duration.ofDays(1))).rounds()).isZero();
    assertThat(log.compact(0, due(900, 9, Duration.ofDays(1))).rounds()).isEqualTo(1);
    append(30);
    assertThat(log.compact(0, due(Long.MAX_VALUE, 31, Duration.ofDays(1))).rounds()).isZero();
    assertThat(log.compact(0, due(Long.MAX_VALUE, 30, Duration.ofDays(1))).rounds()).isEqualTo(1);
    append(1);
    assertThat(log.compact(0, due(Long.MAX_VALUE, 9, Duration.ZERO)).rounds()).isEqualTo(1);
    witness();
  }

  private static CompactionOptions due(long minBytes, int maxEntries, Duration maxAge) {
    return new CompactionOptions(
        NOW.segmentBytes(), NOW.blocks(), minBytes, maxEntries, maxAge, false, 100, 8);
  }

  /** With room for undersized segments on level 0. */
  private RaftlessLog openWide() {
    return RaftlessLog.open(store, ID, LogOptions.defaults());
  }

  @Test
  void smallSegmentsOfASlowLogAreMergedSoThatThereAreFewAndEachByteIsWrittenALogarithmOfTimes()
      throws Exception {
    CompactionOptions large = segments(64 << 10, 1_000);
    long written = 0;
    try (RaftlessLog wide = openWide()) {
      for (int i = 0; i < 64; i++) {
        append(wide, 1, 400);
        written += wide.compact(0, large).bytesOut();
        assertThat(witness().segments().size()).isLessThanOrEqualTo(7);
      }
    }
    long data = witness().segments().stream().mapToLong(Segment::bytes).sum();
    assertThat(written).isLessThan(9 * data);
    deleteWal();
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  private static CompactionOptions segments(int bytes, int maxSources) {
    return new CompactionOptions(bytes, NOW.blocks(), 1, 1, Duration.ZERO, true, maxSources, 8);
  }

  @Test
  void smallSegmentsAreMergedEvenIfNothingNewComes() throws Exception {
    CompactionOptions large =
        new CompactionOptions(
            64 << 10, NOW.blocks(), Long.MAX_VALUE, 1_000, Duration.ofDays(1), false, 100, 8);
    try (RaftlessLog wide = openWide()) {
      for (int i = 0; i < 3; i++) {
        append(2);
        // Too large to be merged with one another by these options.
        wide.compact(0, segments(1 << 10, 100));
      }
      LogWitness before = witness();
      append(1);
      CompactionReport report = wide.compact(0, large);
      assertThat(report.mergedSegments()).isEqualTo(3);
      assertThat(report.batches()).isZero();
      LogWitness after = witness();
      assertThat(after.segments()).hasSize(before.segments().size() - 2);
      assertThat(after.head().compactionCursor()).isEqualTo(6);
      assertThat(after.batches()).startsWith(before.batches().toArray(LogWitness.Batch[]::new));
      assertThat(wide.compact(0, large).outcome()).isEqualTo(Outcome.NOTHING_DUE);
    }
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void aSmallSegmentIsNotWrittenAgainIfTheNextBatchDoesNotFitIn() throws Exception {
    try (RaftlessLog wide = openWide()) {
      append(wide, 1, 1_000);
      wide.compact(0, NOW);
      Segment small = witness().segments().get(0);
      append(wide, 1, 4_000);
      assertThat(wide.compact(0, NOW).mergedSegments()).isZero();
      assertThat(witness().segments()).hasSize(2).startsWith(small);
    }
  }

  @Test
  void sourcesOfASegmentAreLimited() throws Exception {
    append(log, 25, 5);
    log.compact(0, new CompactionOptions(64 << 10, NOW.blocks(), 1, 1, Duration.ZERO, true, 10, 8));
    assertThat(witness().segments()).extracting(Segment::sources).containsExactly(10, 10, 5);
  }

  @Test
  void aRoundInstallsNoMoreSegmentsThanItMay() throws Exception {
    append(60);
    CompactionReport report =
        log.compact(
            0,
            new CompactionOptions(
                NOW.segmentBytes(), NOW.blocks(), 1, 1, Duration.ZERO, true, 100, 2));
    assertThat(report.rounds()).isGreaterThanOrEqualTo(report.segments() / 2).isGreaterThan(1);
    assertThat(witness().head().compactionCursor()).isEqualTo(60);
  }

  @Test
  void aReaderWithAnOldHeadGoesOnAlsoWhenTheObjectsThatItKnewAreGone() throws Exception {
    append(40);
    ReaderOptions narrow = new ReaderOptions(1, 1, 10, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(narrow)) {
      reader.assign(0, 0);
      List<String> read = new ArrayList<>();
      while (read.size() < appended.size()) {
        for (LogRecord record : reader.poll(Duration.ofSeconds(30)).orElseThrow().records()) {
          read.add(new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8));
        }
        if (read.size() == 5) {
          try (RaftlessLog other = open(store)) {
            other.compact(0, NOW);
          }
        } else if (read.size() == 10) {
          deleteWal();
        }
      }
      assertThat(read).isEqualTo(appended);
    }
  }

  @Test
  void manyCompactorsAppendersAndReadersDisturbNobody() throws Exception {
    AtomicBoolean isDone = new AtomicBoolean();
    List<Future<Void>> compactors = new ArrayList<>();
    List<RaftlessLog> logs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      RaftlessLog mine = open(store);
      logs.add(mine);
      Callable<Void> work =
          () -> {
            while (!isDone.get()) {
              mine.compact(0, NOW);
            }
            return null;
          };
      compactors.add(background.submit(work));
    }
    List<Future<List<String>>> appenders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = "w" + i + "-";
      RaftlessLog mine = open(store);
      logs.add(mine);
      appenders.add(
          background.submit(
              () -> {
                List<String> all = new ArrayList<>();
                try (LogWriter writer =
                    mine.newWriter(
                        WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
                  for (int j = 0; j < 80; j++) {
                    all.add(name + j + "x".repeat(200));
                    writer.append(0, record(all.get(j))).join();
                  }
                }
                return all;
              }));
    }
    Future<List<String>> reader = background.submit(() -> read(240));
    List<String> read = soon(reader);
    for (int i = 0; i < 3; i++) {
      String name = "w" + i + "-";
      assertThat(read.stream().filter(text -> text.startsWith(name)).toList())
          .isEqualTo(soon(appenders.get(i)));
    }
    isDone.set(true);
    for (Future<Void> compactor : compactors) {
      soon(compactor);
    }
    assertThat(texts(log, 0, 0)).isEqualTo(read);
    compact();
    assertThat(witness().head().compactionCursor()).isEqualTo(240);
    logs.forEach(RaftlessLog::close);
  }

  private List<String> read(int records) throws InterruptedException {
    List<String> texts = new ArrayList<>();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      while (texts.size() < records) {
        for (LogRecord record : reader.poll(Duration.ofSeconds(30)).orElseThrow().records()) {
          texts.add(new String(Objects.requireNonNull(record.value()), StandardCharsets.UTF_8));
        }
      }
    }
    return texts;
  }

  /** A process whose store is gone from one request on. */
  private static final class DyingStore extends ForwardingObjectStore {
    private final AtomicInteger left;
    private final boolean isLastApplied;

    DyingStore(ObjectStore store, int requests, boolean isLastApplied) {
      super(store);
      this.left = new AtomicInteger(requests);
      this.isLastApplied = isLastApplied;
    }

    private <T> CompletableFuture<T> read(Supplier<CompletableFuture<T>> read) {
      return left.getAndDecrement() > 0
          ? read.get()
          : CompletableFuture.failedFuture(StoreException.refused("this process is dead"));
    }

    private CompletableFuture<PutOutcome> write(Supplier<CompletableFuture<PutOutcome>> write) {
      int before = left.getAndDecrement();
      if (before > 0) {
        return write.get();
      }
      if (before == 0 && isLastApplied) {
        return write
            .get()
            .thenApply(applied -> new PutOutcome.Unknown(new TimeoutException("no response")));
      }
      return CompletableFuture.failedFuture(StoreException.refused("this process is dead"));
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      return read(() -> super.get(key));
    }

    @Override
    public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
      return read(() -> super.getIfChanged(key, known));
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      return read(() -> super.getRange(key, offset, length));
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return write(() -> super.putIfAbsent(key, body));
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      return write(() -> super.putIfMatch(key, expected, body));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCompactorThatDiesAtAnyRequestLeavesTheLogIntactAndAnotherFinishes(boolean isLastApplied)
      throws Exception {
    boolean isOver = false;
    int requests = 1; // The descriptor is read before.
    while (!isOver) {
      close();
      try (MemoryObjectStore memory = new MemoryObjectStore()) {
        RaftlessLog.create(memory, ID, 1).close();
        appended.clear();
        log = open(memory);
        append(3);
        log.compact(0, NOW); // Something to merge with.
        append(28);
        List<LogWitness.Batch> before = LogWitness.of(log, memory, 0).batches();
        try (RaftlessLog dying = open(new DyingStore(memory, requests, isLastApplied))) {
          isOver = dying.compact(0, NOW).outcome() == Outcome.INSTALLED;
        } catch (RaftlessException expected) {
          assertThat(expected)
              .isInstanceOfAny(
                  RaftlessException.Failed.class, RaftlessException.UnknownOutcome.class);
        }
        assertThat(LogWitness.of(log, memory, 0).batches()).isEqualTo(before);
        assertThat(texts(log, 0, 0)).isEqualTo(appended);
        log.compact(0, NOW);
        assertThat(LogWitness.of(log, memory, 0).batches()).isEqualTo(before);
        assertThat(head().compactionCursor()).isEqualTo(31);
        assertThat(texts(log, 0, 0)).isEqualTo(appended);
      }
      requests++;
    }
    assertThat(requests).isGreaterThan(40);
  }

  @Test
  void compactThroughTheTailAndThenAppend() throws Exception {
    append(9);
    compact();
    assertThat(head().wal().isEmpty()).isTrue();
    append(1);
    compact();
    append(7);
    assertThat(witness().batches()).hasSize(17);
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void aPutThatLandsAfterCompaction() throws Exception {
    HeldHeads network = new HeldHeads(store);
    append(3);
    try (RaftlessLog mine = open(network);
        LogWriter writer =
            mine.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      network.hold(HeldHeads.Hold.REQUEST);
      CompletableFuture<Long> append = writer.append(0, record("late"));
      network.await(1);
      network.hold(HeldHeads.Hold.ANSWER);
      network.timeOut(0);
      network.await(2); // The second attempt: applied, unanswered.
      compact();
      assertThat(network.land(0)).isInstanceOf(PutOutcome.Conflict.class);
      network.hold(HeldHeads.Hold.NOTHING);
      network.timeOut(1);
      assertThat(append.get(60, TimeUnit.SECONDS)).isEqualTo(3);
    }
    appended.add("late");
    assertThat(witness().batches()).hasSize(4);
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void anAppendCommittedAndCompactedBeforeItsRetryIsFoundInTheSegment() throws Exception {
    HeldHeads network = new HeldHeads(store);
    append(3);
    try (RaftlessLog mine = open(network);
        LogWriter writer =
            mine.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      network.hold(HeldHeads.Hold.ANSWER);
      CompletableFuture<Long> append = writer.append(0, record("once"));
      network.await(1);
      compact();
      append(20);
      compact();
      network.hold(HeldHeads.Hold.NOTHING);
      network.answer(0, new PutOutcome.Conflict("412 to its own success"));
      assertThat(append.get(60, TimeUnit.SECONDS)).isEqualTo(3);
    }
    appended.add(3, "once");
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void aNodeSpilledByACasThatLostToACompaction() throws Exception {
    HeldHeads network = new HeldHeads(store);
    append(4);
    try (RaftlessLog mine = open(network);
        LogWriter writer =
            mine.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      network.hold(HeldHeads.Hold.REQUEST);
      CompletableFuture<Long> append = writer.append(0, record("fifth"));
      network.await(1);
      List<String> spilled = listed("/node/");
      assertThat(spilled).isNotEmpty();
      compact();
      network.hold(HeldHeads.Hold.NOTHING);
      network.answer(0, network.land(0));
      assertThat(append.get(60, TimeUnit.SECONDS)).isEqualTo(4);
      appended.add("fifth");
      LogWitness witness = witness();
      assertThat(witness.nodes()).noneMatch(label -> spilled.contains(keys().node(0, label)));
      // So a vacuum may delete them.
      spilled.forEach(key -> store.delete(key).join());
    }
    append(20);
    assertThat(witness().batches()).hasSize(25);
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void aCompactorThatStallsPastTheHorizon() throws Exception {
    HeldHeads network = new HeldHeads(store);
    append(10);
    try (RaftlessLog stalled = open(network)) {
      network.hold(HeldHeads.Hold.REQUEST);
      Future<CompactionReport> compaction = background.submit(() -> stalled.compact(0, NOW));
      network.await(1);
      Label horizon = Label.parse(later());
      log.partition(0).update(new AdvanceHorizon(horizon)).join();
      network.hold(HeldHeads.Hold.NOTHING);
      network.answer(0, network.land(0));
      assertThat(soon(compaction).outcome()).isEqualTo(Outcome.EXPIRED);
      assertThat(head().segments().isEmpty()).isTrue();
      // What it wrote is deleted, and nobody misses it.
      listed("/segment/").forEach(key -> store.delete(key).join());
      assertThat(stalled.compact(0, NOW).outcome()).isEqualTo(Outcome.INSTALLED);
    }
    assertThat(witness().batches()).hasSize(10);
    deleteWal();
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  /** A label a minute from now. */
  private static String later() {
    long millis = System.currentTimeMillis() + 60_000;
    return new UUID(millis << 16 | 0x7000L, 0x8000_0000_0000_0000L).toString();
  }

  @Test
  void trimPastTheCompactionCursor() throws Exception {
    append(6);
    compact();
    append(20);
    trim(17);
    LogWitness before = witness();
    // A vacuum has been here.
    before.batches().subList(0, 17).forEach(b -> store.delete(keys().wal(b.label())).join());
    listed("/segment/").forEach(key -> store.delete(key).join());
    CompactionReport report = compact();
    LogWitness after = witness();
    assertThat(report.reads()).isEqualTo(9);
    assertThat(after.batches()).isEqualTo(before.batches());
    assertThat(after.head().compactionCursor()).isEqualTo(26);
    assertThat(after.segments().stream().filter(s -> s.label() == null).toList()).isNotEmpty();
    deleteWal();
    assertThat(texts(log, 0, 17)).isEqualTo(appended.subList(17, 26));
    append(1);
    compact();
    assertThat(witness().batches()).startsWith(before.batches().toArray(LogWitness.Batch[]::new));
  }

  @Test
  void segmentsWithoutDataAreMerged() throws Exception {
    for (int i = 0; i < 16; i++) {
      append(1);
      trim(i + 1);
      compact();
    }
    LogWitness witness = witness();
    assertThat(witness.batches()).hasSize(16);
    assertThat(witness.segments()).hasSizeLessThan(6).allMatch(s -> s.label() == null);
    assertThat(listed("/segment/")).isEmpty();
  }

  @Test
  void chainAndCrcAfterReblockingAndAfterTrim() throws Exception {
    CompactionOptions large =
        new CompactionOptions(64 << 10, NOW.blocks(), 1, 1, Duration.ZERO, true, 100, 8);
    append(12);
    log.compact(0, large);
    trim(7);
    LogWitness before = witness();
    append(40);
    CompactionReport report = log.compact(0, large);
    assertThat(report.mergedSegments()).isEqualTo(1);
    LogWitness after = witness();
    assertThat(after.batches()).startsWith(before.batches().toArray(LogWitness.Batch[]::new));
    Segment merged = after.segments().get(0);
    assertThat(merged.baseOffset()).isZero();
    assertThat(merged.dataOffset()).as("trimmed blocks are cut off").isBetween(1L, 7L);
    assertThat(merged.sources()).isEqualTo(52);
    assertThat(texts(log, 0, 7)).isEqualTo(appended.subList(7, 52));
  }

  @Test
  void aStagedBatchThatWasCompactedAndTrimmedIsFoundWhenItIsCommittedAgain() throws Exception {
    append(3);
    List<StagedBatch> staged;
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("staged"));
      staged = stager.stage().join().get(0);
    }
    assertThat(log.commit(0, staged, null, null).join().baseOffsets()).containsExactly(3L);
    append(10);
    compact();
    try (RaftlessLog other = open(store)) {
      CommitResult again = other.commit(0, staged, null, null).join();
      assertThat(again.baseOffsets()).containsExactly(3L);
      assertThat(again.alreadyCommitted()).isEqualTo(1);
    }
    append(10);
    trim(20);
    compact();
    try (RaftlessLog other = open(store)) {
      assertThat(other.commit(0, staged, null, null).join().alreadyCommitted()).isEqualTo(1);
    }
    assertThat(witness().batches()).hasSize(24);
  }

  @ParameterizedTest
  @EnumSource(FaultyObjectStore.Fault.class)
  void aCompactionWhoseWritesHaveAFaultIsInstalledOnce(FaultyObjectStore.Fault fault)
      throws Exception {
    for (String part : List.of(HEAD, "/segment/", "/node/")) {
      append(13);
      store.next(part, fault);
      CompactionReport report = compact();
      assertThat(report.outcome()).isEqualTo(Outcome.INSTALLED);
      store.landLate();
      LogWitness witness = witness();
      assertThat(witness.batches()).hasSize(appended.size());
      assertThat(witness.head().compactionCursor()).isEqualTo(appended.size());
    }
    deleteWal();
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  /** Something happens before the first object of a kind is read. */
  private static ObjectStore before(ObjectStore store, String part, Callable<?> event) {
    AtomicBoolean hasHappened = new AtomicBoolean();
    return new ForwardingObjectStore(store) {
      @Override
      public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
        if (key.contains(part) && hasHappened.compareAndSet(false, true)) {
          try {
            event.call();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        }
        return super.getRange(key, offset, length);
      }
    };
  }

  @Test
  void aCompactorWhoseDataIsCompactedAndVacuumedUnderItsHandsIsNotAlarmed() throws Exception {
    append(10);
    ObjectStore late =
        before(
            store,
            "/wal/",
            () -> {
              compact();
              deleteWal();
              return null;
            });
    try (RaftlessLog overtaken = open(late)) {
      assertThat(overtaken.compact(0, NOW).rounds()).isZero();
    }
    assertThat(witness().batches()).hasSize(10);
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void aCompactorWhoseDataIsTrimmedUnderItsHandsPlansAnew() throws Exception {
    append(10);
    ObjectStore late =
        before(
            store,
            "/wal/",
            () -> {
              trim(6);
              witness().batches().subList(0, 6).stream()
                  .map(batch -> keys().wal(batch.label()))
                  .forEach(key -> store.delete(key).join());
              return null;
            });
    try (RaftlessLog surprised = open(late)) {
      assertThat(surprised.compact(0, NOW).outcome()).isEqualTo(Outcome.INSTALLED);
    }
    assertThat(witness().head().compactionCursor()).isEqualTo(10);
    assertThat(texts(log, 0, 6)).isEqualTo(appended.subList(6, 10));
  }

  @Test
  void dataThatIsGoneThoughTheHeadRefersToItIsCorruption() throws Exception {
    append(10);
    String key = keys().wal(witness().batches().get(4).label());
    store.delete(key).join();
    assertThatThrownBy(this::compact)
        .isInstanceOf(RaftlessException.Corrupted.class)
        .hasMessageContaining(key)
        .hasMessageContaining("offsets 4 to 5");
    assertThat(head().compactionCursor()).isZero();
  }

  @Test
  void damagedDataIsNamedAndNothingIsInstalled() throws Exception {
    append(10);
    String key = keys().wal(witness().batches().get(4).label());
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    ByteBuffer body = ByteBuffer.allocate(found.body().remaining()).put(found.body()).flip();
    body.put(200, (byte) (body.get(200) ^ 1));
    store.putIfMatch(key, found.etag(), body).join();
    assertThatThrownBy(this::compact)
        .isInstanceOf(RaftlessException.Corrupted.class)
        .hasMessageContaining(key)
        .hasMessageContaining("offsets 4 to 5");
    assertThat(head().compactionCursor()).isZero();
    assertThat(listed("/segment/")).isEmpty();
  }

  private void replace(String key, ByteBuffer body) {
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    assertThat(store.putIfMatch(key, found.etag(), body).join())
        .isInstanceOf(PutOutcome.Stored.class);
  }

  private String json(String key) {
    ByteBuffer body = ((GetOutcome.Found) store.get(key).join()).body();
    return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
  }

  private void assertCorrupted(String... parts) {
    try (RaftlessLog fresh = open(store)) {
      assertThatThrownBy(() -> fresh.compact(0, NOW))
          .isInstanceOf(RaftlessException.Corrupted.class)
          .hasMessageContainingAll(parts);
    }
  }

  @Test
  void aTruncatedObjectIsNamed() throws Exception {
    append(10);
    String key = keys().wal(witness().batches().get(4).label());
    replace(key, ((GetOutcome.Found) store.get(key).join()).body().slice(0, 200));
    assertCorrupted(key, "offsets 4 to 5", "ends before that");
  }

  @Test
  void anIndexWhoseChainDoesNotFitIsNotCompacted() throws Exception {
    append(10);
    trim(10); // No data is read: only the chain can tell.
    String key =
        witness().nodes().stream()
            .map(label -> keys().node(0, label))
            .filter(node -> json(node).contains("crc"))
            .findFirst()
            .orElseThrow();
    String altered = json(key).replaceFirst("\"crc\":\\d+", "\"crc\":1");
    replace(key, StandardCharsets.UTF_8.encode(altered));
    assertCorrupted(key, "hash chain");
    assertThat(head().compactionCursor()).isZero();
  }

  @Test
  void aProvenanceListThatWasAlteredIsNotMerged() throws Exception {
    append(2);
    compact();
    Segment segment = witness().segments().get(0);
    ProvenanceList list = log.partition(0).index().sources(0, segment).join();
    ProvenanceList altered =
        ProvenanceList.builder(list.incarnation(), 0, 0)
            .add(list.label(0), list.count(0), list.crc(0) + 1)
            .add(list.label(1), list.count(1), list.crc(1))
            .build();
    String key = keys().provenance(0, segment.provenance());
    replace(key, altered.encode());
    append(10);
    assertCorrupted(key, "hash chain");
    assertThat(head().compactionCursor()).isEqualTo(2);
  }

  @Test
  void aBlockOfAnotherSegmentIsNotMerged() throws Exception {
    append(1);
    compact();
    String key = keys().segment(0, Objects.requireNonNull(witness().segments().get(0).label()));
    // Intact and of the same length, with another record.
    String mine = appended.get(0);
    String other = (mine.startsWith("!") ? '"' : '!') + mine.substring(1);
    ByteBuffer body = ((GetOutcome.Found) store.get(key).join()).body();
    BatchBuilder builder = new BatchBuilder();
    builder.add(record(other));
    ByteBuffer block = builder.build(Compression.NONE, 3).block();
    SegmentFooter.Block place =
        log.partition(0).index().footer(0, witness().segments().get(0)).join().blocks().get(0);
    assertThat(place.length()).isEqualTo(block.remaining());
    ByteBuffer altered = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
    altered.put((int) place.position(), block, 0, block.remaining());
    replace(key, altered);
    append(10);
    assertCorrupted(key, "offsets 0 to 1");
  }

  @Test
  void blocksThatFollowOneAnotherAreReadTogether() throws Exception {
    CompactionOptions large = segments(64 << 10, 100);
    append(20);
    assertThat(log.compact(0, large).reads()).isEqualTo(20);
    append(30);
    CompactionReport report = log.compact(0, large);
    assertThat(report.mergedSegments()).isEqualTo(1);
    assertThat(report.reads()).as("one for all blocks of the older segment").isEqualTo(31);
  }

  @Test
  void aDeletedLogIsLeftAlone() throws Exception {
    append(3);
    log.partition(0).update(new TakeState(new LogState(LogState.Status.DELETED, 7, "test"))).join();
    assertThat(compact().outcome()).isEqualTo(Outcome.DELETED);
    assertThat(listed("/segment/")).isEmpty();
  }

  @Test
  void aPartitionNobodyHasWrittenToIsLeftAlone() throws Exception {
    assertThat(compact().outcome()).isEqualTo(Outcome.NOTHING_DUE);
    store.delete(keys().head(0)).join();
    try (RaftlessLog fresh = open(store)) {
      assertThat(fresh.compact(0, NOW).outcome()).isEqualTo(Outcome.NOTHING_DUE);
    }
  }

  @Test
  void anInterruptedCompactionEndsAndTheNextOneGoesOn() throws Exception {
    append(10);
    Thread.currentThread().interrupt();
    assertThatThrownBy(this::compact)
        .isInstanceOf(InterruptedException.class)
        .hasMessageContaining("after 0 rounds");
    assertThat(compact().outcome()).isEqualTo(Outcome.INSTALLED);
    assertThat(witness().batches()).hasSize(10);
  }

  @Test
  void itEndsThoughAppendsGoOn() throws Exception {
    append(10);
    AtomicInteger more = new AtomicInteger(50);
    ObjectStore busy =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            if (key.contains("/segment/") && more.getAndDecrement() > 0) {
              try {
                append(1);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
            return super.putIfAbsent(key, body);
          }
        };
    try (RaftlessLog mine = open(busy)) {
      assertThat(mine.compact(0, NOW).batches()).isEqualTo(10);
    }
    assertThat(witness().head().compactionCursor()).isEqualTo(10);
    assertThat(texts(log, 0, 0)).isEqualTo(appended);
  }

  @Test
  void onePartitionThatCannotBeCompactedDoesNotKeepTheOthersFromIt() throws Exception {
    RaftlessLog.create(store, LogId.of("", "wide"), 3).close();
    try (RaftlessLog wide = RaftlessLog.open(store, LogId.of("", "wide"), SMALL)) {
      for (int partition = 0; partition < 3; partition++) {
        try (LogWriter writer = wide.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
          writer.append(partition, record("x")).join();
        }
      }
      Label lost = LogWitness.of(wide, store, 1).batches().get(0).label();
      store.delete(new LogKeys("wide/", wide.incarnation()).wal(lost)).join();
      CompactedPartitions all = wide.compactAll(NOW);
      assertThat(all.reports().keySet()).containsExactly(0, 2);
      assertThat(all.failures().keySet()).containsExactly(1);
      assertThat(LogWitness.of(wide, store, 2).segments()).hasSize(1);
    }
  }
}
