package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.head.LogKeys;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeRef;
import io.raftless.index.SpineIndex;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.RequestCounts;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * What an operation costs, in requests: what {@code docs/requests.md} says. Every test has a row
 * there and takes what it expects from it.
 */
@Timeout(120)
class RequestTableTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final LogId ID = LogId.of("", "log");

  /** Deep with few batches. */
  private static final LogOptions DEEP = new LogOptions(LONG, new IndexShape(4, 3, 4));

  /** Looks at the end once and then not for a minute. */
  private static final ReaderOptions PATIENT =
      new ReaderOptions(64 << 20, 60_000, 60_000, ReaderOptions.OnTrimmed.FAIL);

  /** Batches of so many bytes are committed in the head. */
  private static final int SMALL = 4 << 10;

  private static final LogOptions USUAL = LogOptions.defaults();

  private final CountingObjectStore store =
      new CountingObjectStore(new Remembering(new MemoryObjectStore()));

  /** The keys of all unconditional GETs, in order. */
  private final List<String> gets = Collections.synchronizedList(new ArrayList<>());

  private final List<AutoCloseable> opened = new ArrayList<>();
  private RequestTable.Row row =
      new RequestTable.Row("", List.of(), ""); // replaced before each test

  /** Knows what was read. */
  private final class Remembering extends ForwardingObjectStore {
    Remembering(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      gets.add(key);
      return super.get(key);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      gets.add(key);
      return super.getRange(key, offset, length);
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  @BeforeEach
  void findRow(TestInfo test) {
    String name = test.getTestMethod().map(Method::getName).orElseThrow();
    if (!name.equals("everyRowHasItsTestAndEveryTestItsRow")) {
      row = Objects.requireNonNull(RequestTable.rows().get(name), "no row of " + name);
    }
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private void costs(Work work) throws Exception {
    RequestCounts before = store.counts();
    work.run();
    row.matches(store.counts().since(before));
  }

  private RaftlessLog create(int partitions, LogOptions options) {
    return remembered(RaftlessLog.create(store, ID, partitions, options, LogRuntime.start()));
  }

  /** A process that knows nothing but {@code log.json}. */
  private RaftlessLog cold(LogOptions options) {
    return remembered(RaftlessLog.open(store, ID, options));
  }

  private <T extends AutoCloseable> T remembered(T one) {
    opened.add(one);
    return one;
  }

  /** Of batches that go through objects. */
  private LogWriter writer(RaftlessLog log) {
    return writer(log, 0);
  }

  private LogWriter writer(RaftlessLog log, int inlineBytes) {
    return remembered(
        log.newWriter(
            WriterOptions.defaults().withLingerMillis(60_000).withInlineBytes(inlineBytes)));
  }

  /** Batches of one record each, with timestamps 0, 1, 2, … */
  private void append(RaftlessLog log, int batches, int bytes) throws Exception {
    append(writer(log), batches, bytes);
  }

  private static void append(LogWriter writer, int batches, int bytes) throws Exception {
    byte[] value = new byte[bytes];
    CompletableFuture<Long> last = CompletableFuture.completedFuture(0L);
    for (int i = 0; i < batches; i++) {
      new Random(i).nextBytes(value);
      last = writer.append(0, List.of(LogRecord.of(null, value.clone(), i)), AppendConditions.NONE);
      last.join();
    }
    last.join();
  }

  /** How many references are on the way from the head to the leftmost item. */
  private static int nodesAbove(RaftlessLog log, SpineIndex<?> index) {
    int nodes = 0;
    var item = index.items().get(0);
    while (item instanceof NodeRef ref) {
      nodes++;
      item = log.partition(0).index().read(0, ref.node()).join().items().get(0);
    }
    return nodes;
  }

  private SpineIndex<?> wal(RaftlessLog log) {
    return log.partition(0).readHead().join().orElseThrow().wal();
  }

  private SpineIndex<?> segments(RaftlessLog log) {
    return log.partition(0).readHead().join().orElseThrow().segments();
  }

  private static CompactionOptions compaction(int segmentBytes, int segmentsPerRound) {
    return new CompactionOptions(
        segmentBytes,
        SegmentSettings.DEFAULT,
        1,
        1,
        Duration.ZERO,
        true,
        100_000,
        segmentsPerRound);
  }

  /**
   * What it takes until the first data is there. What a reader fetches ahead of whoever polls it is
   * not the seek's.
   */
  private void costsSeek(LogOptions options, long offset) throws Exception {
    RaftlessLog another = cold(options);
    gets.clear();
    RequestCounts before = store.counts();
    try (LogReader reader =
        another.newReader(new ReaderOptions(1, 20, 1_000, ReaderOptions.OnTrimmed.FAIL))) {
      reader.assign(0, offset);
      ReadBatch batch = reader.poll(LONG).orElseThrow();
      assertThat(batch.baseOffset()).isEqualTo(offset);
    }
    assertThat(store.counts().since(before).puts()).isZero();
    int untilData = 0;
    int ofSegments = 0;
    for (String key : List.copyOf(gets)) {
      untilData++;
      // Of a segment, the footer comes first.
      ofSegments += key.contains("/segment/") ? 1 : 0;
      if (key.contains("/wal/") || ofSegments == 2) {
        break;
      }
    }
    row.matches(new RequestCounts(untilData, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void everyRowHasItsTestAndEveryTestItsRow() {
    Set<String> tests = new TreeSet<>();
    for (Method method : RequestTableTest.class.getDeclaredMethods()) {
      if (method.isAnnotationPresent(Test.class)) {
        tests.add(method.getName());
      }
    }
    tests.remove("everyRowHasItsTestAndEveryTestItsRow");
    assertThat(RequestTable.rows().keySet()).containsExactlyInAnyOrderElementsOf(tests);
    RequestTable.rows()
        .values()
        .forEach(one -> assertThat(one.price()).as(one.what()).isEqualTo(one.computedPrice()));
  }

  // ---- logs

  @Test
  void creatingALog() throws Exception {
    costs(() -> create(4, USUAL));
  }

  @Test
  void openingALog() throws Exception {
    create(4, USUAL);
    costs(() -> cold(USUAL));
  }

  @Test
  void acquiring() throws Exception {
    RaftlessLog log = create(4, USUAL);
    log.acquire("importer", "run-1").join();
    costs(() -> log.acquire("importer", "run-2").join());
  }

  @Test
  void acquiringInANewProcess() throws Exception {
    create(4, USUAL).acquire("importer", "run-1").join();
    RaftlessLog another = cold(USUAL);
    costs(() -> another.acquire("importer", "run-2").join());
  }

  @Test
  void fencing() throws Exception {
    RaftlessLog log = create(4, USUAL);
    log.acquire("importer", "run-1").join();
    costs(() -> log.fence("a test").join());
  }

  @Test
  void storingAPosition() throws Exception {
    RaftlessLog log = create(1, USUAL);
    WriterClaim claim = Objects.requireNonNull(log.acquire("importer", "run-1").join().get(0));
    costs(() -> log.storePosition(claim, null, "{\"line\":1}").join());
  }

  // ---- writing

  @Test
  void appending() throws Exception {
    RaftlessLog log = create(1, USUAL);
    LogWriter writer = writer(log);
    writer.append(0, List.of(record("first")), AppendConditions.NONE).join();
    costs(
        () -> {
          for (int i = 0; i < 10_000; i++) {
            var unused = writer.append(0, record("record " + i));
          }
          writer.flush().join();
        });
  }

  @Test
  void appendingToFourPartitions() throws Exception {
    RaftlessLog log = create(4, USUAL);
    LogWriter writer = writer(log);
    costs(
        () -> {
          for (int i = 0; i < 100; i++) {
            var unused = writer.append(i % 4, record("x"));
          }
          writer.flush().join();
        });
  }

  @Test
  void aThousandAppends() throws Exception {
    RaftlessLog log = create(1, USUAL);
    costs(() -> append(log, 1_000, 10));
  }

  @Test
  void appendingLittle() throws Exception {
    LogWriter writer = writer(create(1, USUAL), SMALL);
    costs(() -> writer.append(0, List.of(record("little")), AppendConditions.NONE).join());
  }

  @Test
  void appendingLittleToFourPartitions() throws Exception {
    LogWriter writer = writer(create(4, USUAL), SMALL);
    costs(
        () -> {
          for (int i = 0; i < 100; i++) {
            var unused = writer.append(i % 4, record("x"));
          }
          writer.flush().join();
        });
  }

  @Test
  void aThousandAppendsOf100Bytes() throws Exception {
    RaftlessLog log = create(1, USUAL);
    LogWriter writer = writer(log, SMALL);
    costs(() -> append(writer, 1_000, 100));
  }

  @Test
  void aThousandAppendsOfAKibibyte() throws Exception {
    RaftlessLog log = create(1, USUAL);
    LogWriter writer = writer(log, SMALL);
    costs(() -> append(writer, 1_000, 1 << 10));
  }

  @Test
  void staging() throws Exception {
    RaftlessLog log = create(4, USUAL);
    Stager stager = remembered(log.newStager(StagerOptions.defaults()));
    costs(
        () -> {
          for (int i = 0; i < 100; i++) {
            stager.add(i % 4, record("x"));
          }
          stager.stage().join();
        });
  }

  @Test
  void committingStagedBatches() throws Exception {
    RaftlessLog log = create(1, USUAL);
    WriterClaim claim = log.acquire("sink", "run-1").join().get(0);
    List<StagedBatch> staged = staged(log, 10);
    costs(() -> log.commit(0, staged, claim, "{}").join());
  }

  private List<StagedBatch> staged(RaftlessLog log, int batches) throws Exception {
    Stager stager = remembered(log.newStager(StagerOptions.defaults()));
    List<StagedBatch> staged = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      stager.add(0, record("x"));
      staged.addAll(Objects.requireNonNull(stager.stage().join().get(0)));
    }
    return staged;
  }

  @Test
  void committingThemAgainAfterARestart() throws Exception {
    RaftlessLog log = create(1, USUAL);
    List<StagedBatch> staged = staged(log, 10);
    log.commit(0, staged, null, null).join();
    RaftlessLog restarted = cold(USUAL);
    costs(() -> restarted.commit(0, staged, null, null).join());
  }

  // ---- reading

  @Test
  void pollingAnIdlePartition() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 1, 10);
    LogReader reader =
        remembered(
            log.newReader(new ReaderOptions(1 << 20, 500, 60_000, ReaderOptions.OnTrimmed.FAIL)));
    RequestCounts before = store.counts();
    reader.assign(0, 1);
    // It looks as soon as it is assigned, and not again within the minute.
    Await.until("it looked", () -> store.counts().since(before).notModified() == 1);
    RequestCounts counts = store.counts().since(before);
    assertThat(reader.poll(Duration.ofMillis(20))).isEmpty();
    row.matches(counts);
  }

  @Test
  void seekingAmongTheNewestBatches() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 90, 10);
    assertThat(nodesAbove(log, wal(log))).isZero();
    costsSeek(USUAL, 40);
  }

  @Test
  void seekingUnderOneNode() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 200, 10);
    assertThat(nodesAbove(log, wal(log))).isEqualTo(1);
    costsSeek(USUAL, 10);
  }

  @Test
  void seekingUnderTwoNodes() throws Exception {
    RaftlessLog log = create(1, DEEP);
    append(log, 20, 10);
    assertThat(nodesAbove(log, wal(log))).isEqualTo(2);
    costsSeek(DEEP, 2);
  }

  @Test
  void seekingInASegment() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 64, 2_000);
    log.compact(0, compaction(1 << 20, 8));
    assertThat(nodesAbove(log, segments(log))).isZero();
    costsSeek(USUAL, 40);
  }

  @Test
  void seekingInASegmentUnderOneNode() throws Exception {
    RaftlessLog log = create(1, DEEP);
    append(log, 16, 2_000);
    log.compact(0, compaction(5 << 10, 8));
    assertThat(nodesAbove(log, segments(log))).isEqualTo(1);
    costsSeek(DEEP, 1);
  }

  @Test
  void findingATimeAmongTheNewestBatches() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 90, 10);
    RaftlessLog another = cold(USUAL);
    costs(() -> assertThat(another.offsetForTime(0, 40).join()).isEqualTo(OptionalLong.of(40)));
  }

  @Test
  void findingATimeUnderTwoNodes() throws Exception {
    RaftlessLog log = create(1, DEEP);
    append(log, 20, 10);
    assertThat(nodesAbove(log, wal(log))).isEqualTo(2);
    RaftlessLog another = cold(DEEP);
    costs(() -> assertThat(another.offsetForTime(0, 2).join()).isEqualTo(OptionalLong.of(2)));
  }

  @Test
  void findingATimeInASegment() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 64, 2_000);
    log.compact(0, compaction(1 << 20, 8));
    RaftlessLog another = cold(USUAL);
    costs(() -> assertThat(another.offsetForTime(0, 40).join()).isEqualTo(OptionalLong.of(40)));
  }

  @Test
  void readingNinetyBatches() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 90, 10);
    RaftlessLog another = cold(USUAL);
    costs(() -> readsAll(another, PATIENT, 90));
  }

  @Test
  void readingAThousandSmallBatches() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(writer(log, SMALL), 1_000, 1 << 10);
    RaftlessLog another = cold(USUAL);
    costs(() -> readsAll(another, PATIENT, 1_000));
  }

  @Test
  void readingASmallBatchAtTheEnd() throws Exception {
    RaftlessLog log = create(1, USUAL);
    LogWriter writer = writer(log, SMALL);
    append(writer, 1, 10);
    RaftlessLog another = cold(USUAL);
    another.status(0).join();
    append(writer, 1, 10);
    LogReader reader = remembered(another.newReader(PATIENT));
    costs(
        () -> {
          reader.assign(0, 1);
          assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(1);
        });
  }

  private static void readsAll(RaftlessLog by, ReaderOptions options, long end) throws Exception {
    try (LogReader reader = by.newReader(options)) {
      reader.assign(0, 0);
      for (long next = 0; next < end; ) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next);
        next = batch.nextOffset();
      }
    }
  }

  @Test
  void readingASegmentOf128Blocks() throws Exception {
    // 128 MiB in blocks of 1 MiB, at a scale of 1 to 64.
    RaftlessLog log = create(1, USUAL);
    append(log, 128, 16 << 10);
    CompactionOptions scaled =
        new CompactionOptions(
            4 << 20,
            new SegmentSettings(16 << 10, Compression.NONE, 3),
            1,
            1,
            Duration.ZERO,
            true,
            100_000,
            8);
    assertThat(log.compact(0, scaled).segments()).isEqualTo(1);
    RaftlessLog another = cold(USUAL);
    // A little more than eight blocks, because of what is around the records.
    ReaderOptions eight = PATIENT.withMaxFetchBytes(8 * (16 << 10) + 1_000);
    costs(() -> readsAll(another, eight, 128));
  }

  // ---- groups

  @Test
  void advancingACursor() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 3, 10);
    ConsumerGroup group = log.group("billing");
    GroupPosition position = group.start(0, ResetTo.earliest()).join();
    costs(() -> group.advance(0, position.generation(), 2, null).join());
  }

  @Test
  void acknowledging() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 3, 10);
    ConsumerGroup group = log.group("billing");
    GroupPosition position = group.start(0, ResetTo.earliest()).join();
    costs(
        () ->
            assertThat(group.acknowledge(0, position.generation(), 0, 2).join())
                .isInstanceOf(Acknowledgement.Advanced.class));
  }

  // ---- maintenance

  @Test
  void compactingAGibibyte() throws Exception {
    // In batches of 8 MiB, into segments of 128 MiB, at a scale of 1 to 4,096.
    RaftlessLog log = create(1, USUAL);
    append(log, 128, 2_000);
    costs(
        () -> {
          CompactionReport report = log.compact(0, compaction(32 << 10, 16));
          assertThat(report.outcome()).isEqualTo(CompactionReport.Outcome.INSTALLED);
          assertThat(report.reads()).isEqualTo(128);
          assertThat(report.segments()).isEqualTo(9);
        });
  }

  @Test
  void compactingWhenNothingIsDue() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 10, 10);
    log.compact(0, compaction(1 << 20, 8));
    costs(
        () ->
            assertThat(log.compact(0, compaction(1 << 20, 8)).outcome())
                .isEqualTo(CompactionReport.Outcome.NOTHING_DUE));
  }

  @Test
  void trimming() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 10, 10);
    costs(() -> assertThat(log.trim(0, 5).join()).isEqualTo(5));
  }

  @Test
  void retainingWhatAGroupHasNotRead() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 10, 10);
    ConsumerGroup group = log.group("billing");
    group.start(0, ResetTo.earliest()).join();
    group.advance(0, 0, 5, null).join();
    RetentionPolicy nothing = RetentionPolicy.keepAll().withMostBytes(0);
    costs(
        () ->
            assertThat(
                    log.retain(nothing, p -> log.smallestOffset(p, List.of("billing")))
                        .join()
                        .get(0)
                        .startAfter())
                .isEqualTo(5));
  }

  @Test
  void vacuumingAThousandObjects() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 200, 10);
    garbage(log, 1_000);
    assertThat(nodesAbove(log, wal(log))).isEqualTo(1);
    passAMillisecond();
    costs(
        () -> {
          VacuumReport report =
              log.vacuum(VacuumOptions.defaults().withRetention(Duration.ZERO), key -> {}).join();
          // The thousand, and the node that another replaced.
          assertThat(report.totalDeleted().objects()).isBetween(1_000L, 1_010L);
        });
  }

  @Test
  void vacuumingWhenThereIsNothingToDelete() throws Exception {
    RaftlessLog log = create(1, USUAL);
    append(log, 200, 10);
    passAMillisecond();
    VacuumOptions old = VacuumOptions.defaults().withRetention(Duration.ofHours(1));
    log.vacuum(old, key -> {}).join();
    costs(() -> assertThat(log.vacuum(old, key -> {}).join().totalDeleted().objects()).isZero());
  }

  private static void passAMillisecond() {
    long now = System.currentTimeMillis();
    Await.until("the clock goes on", () -> System.currentTimeMillis() > now + 1);
  }

  /** As uploads leave them that were never committed. */
  private void garbage(RaftlessLog log, int objects) {
    LogKeys keys = new LogKeys(ID.root(), log.incarnation());
    LogRuntime runtime = LogRuntime.start();
    for (int i = 0; i < objects; i++) {
      store.putIfAbsent(keys.wal(runtime.labels().next()), ByteBuffer.wrap(new byte[10])).join();
    }
    runtime.stop();
  }
}
