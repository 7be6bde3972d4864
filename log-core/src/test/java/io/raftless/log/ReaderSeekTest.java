package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.format.Damage;
import io.raftless.format.LogRecord;
import io.raftless.format.SegmentSettings;
import io.raftless.head.Head;
import io.raftless.head.Trim;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeRef;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a reader begins, goes on and ends; over batches and segments alike. */
@Timeout(60)
class ReaderSeekTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final IndexShape SMALL = new IndexShape(4, 3, 2);
  private static final LogOptions OPTIONS = new LogOptions(LONG, SMALL);

  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final CountingObjectStore store = new CountingObjectStore(memory);
  private final RaftlessLog log =
      RaftlessLog.create(store, LogId.of("", "log"), 3, OPTIONS, LogRuntime.start());
  private final CompactedLog compacted =
      new CompactedLog(memory, log, new SegmentSettings(1 << 10, Compression.NONE, 3), SMALL);

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private static LogRecord at(long timestamp) {
    byte[] value = ("at " + timestamp + "x".repeat(100)).getBytes(StandardCharsets.UTF_8);
    return LogRecord.of(null, value, timestamp);
  }

  /** Appends batches of these timestamps. */
  private void append(int partition, long[]... batches) throws InterruptedException {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (long[] batch : batches) {
        List<LogRecord> records = Arrays.stream(batch).mapToObj(ReaderSeekTest::at).toList();
        writer.append(partition, records, AppendConditions.NONE).join();
      }
    }
  }

  private void appendSingles(int partition, int count) throws InterruptedException {
    long[][] batches = new long[count][];
    for (int i = 0; i < count; i++) {
      batches[i] = new long[] {i};
    }
    append(partition, batches);
  }

  private OptionalLong find(long timestamp) {
    return log.offsetForTime(0, timestamp).join();
  }

  @Test
  void aTimeIsFoundWhereverItsRecordIs() throws Exception {
    Random random = new Random(5);
    List<Long> timestamps = new ArrayList<>();
    long[][] batches = new long[40][3];
    for (long[] batch : batches) {
      for (int i = 0; i < 3; i++) {
        batch[i] = 10L * timestamps.size() + random.nextInt(200);
        timestamps.add(batch[i]);
      }
    }
    append(0, batches);
    for (int step = 0; step < 4; step++) {
      long start = compacted.head(0).startOffset();
      for (long time = -5; time < 1_500; time += 3) {
        OptionalLong expected = OptionalLong.empty();
        for (int offset = (int) start; offset < 120 && expected.isEmpty(); offset++) {
          expected =
              timestamps.get(offset) >= time ? OptionalLong.of(offset) : OptionalLong.empty();
        }
        assertThat(find(time)).as("time %s, step %s", time, step).isEqualTo(expected);
      }
      if (step == 0) {
        List<Entry> entries = compacted.entries(0);
        compacted.compact(0, 10);
        compacted.compact(0, 17);
        compacted.vacuum(entries.subList(0, 27));
      } else {
        // Into the middle of a block of a segment, and of a batch.
        log.partition(0).update(new Trim(step == 1 ? 16 : 100)).join();
      }
    }
    assertThat(log.offsetAt(0, 1_000_000).join()).isEqualTo(120);
    assertThat(log.offsetForTime(1, 0).join()).isEmpty();
    assertThat(log.offsetAt(1, 0).join()).isZero();
  }

  @Test
  void aTimeThatIsLostIsAnErrorThatNamesTheObject() throws Exception {
    append(0, new long[] {1}, new long[] {2});
    Entry second = compacted.entries(0).get(1);
    compacted.vacuum(List.of(second));
    assertThat(find(1)).hasValue(0);
    assertThatThrownBy(() -> find(2))
        .hasCauseInstanceOf(RaftlessException.Corrupted.class)
        .hasMessageContaining(compacted.keys().wal(second.label()));
  }

  @Test
  void aReaderBeginsAtATimeOrAtTheEnd() throws Exception {
    append(0, new long[] {10, 30, 20}, new long[] {40, 5});
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, StartAt.timestamp(20));
      ReadBatch batch = reader.poll(LONG).orElseThrow();
      assertThat(batch.baseOffset()).isEqualTo(1);
      assertThat(batch.records()).containsExactly(at(30), at(20));
      reader.seek(0, StartAt.timestamp(41));
      assertThat(reader.poll(Duration.ofMillis(100))).isEmpty();
      assertThat(reader.position(0)).hasValue(5);
      append(0, new long[] {1});
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(5);
    }
  }

  @Test
  void aReaderGoesOnAnywhere() throws Exception {
    appendSingles(0, 30);
    compacted.compact(0, 12);
    appendSingles(1, 3);
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      reader.assign(1, 3);
      for (long offset : new long[] {20, 3, 11, 12, 29, 0}) {
        reader.seek(0, StartAt.offset(offset));
        assertThat(reader.position(0)).hasValue(offset);
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(offset);
        assertThat(reader.position(0)).hasValue(batch.nextOffset());
        assertThat(reader.endOffset(0)).hasValue(30);
        assertThat(reader.lag(0)).hasValue(30 - batch.nextOffset());
      }
      reader.pause(0);
      reader.seek(0, StartAt.offset(7));
      assertThat(reader.poll(Duration.ofMillis(50))).isEmpty();
      reader.resume(0);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(7);
      assertThatThrownBy(() -> reader.seek(2, StartAt.earliest()))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> reader.position(2)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aPartitionThatFailedLetsTheOthersGoOnAndIsReadAgainAfterASeek() throws Exception {
    appendSingles(0, 5);
    appendSingles(1, 5);
    compacted.vacuum(compacted.entries(0).subList(2, 3));
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      reader.assign(1, 0);
      int batches = 0;
      int failures = 0;
      while (batches < 7 || failures < 3) {
        try {
          assertThat(reader.poll(LONG)).isPresent();
          batches++;
        } catch (RaftlessException.Corrupted e) {
          failures++;
          Damage damage = e.damage().orElseThrow();
          assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING_OBJECT);
          assertThat(damage.baseOffset()).isEqualTo(2);
          assertThat(damage.endOffset()).isEqualTo(3);
        }
      }
      // What was before the damage was handed out.
      assertThat(reader.position(0)).hasValue(2);
      reader.seek(0, StartAt.offset(3));
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(3);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(4);
    }
  }

  @Test
  void trimmedAndNotYetThereAreDifferentErrors() throws Exception {
    appendSingles(0, 5);
    log.partition(0).update(new Trim(3)).join();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 2);
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOfSatisfying(
              RaftlessException.OffsetTrimmed.class,
              e -> {
                assertThat(e.partition()).isZero();
                assertThat(e.offset()).isEqualTo(2);
                assertThat(e.startOffset()).isEqualTo(3);
              });
      reader.seek(0, StartAt.offset(6));
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOfSatisfying(
              RaftlessException.OffsetBeyondEnd.class, e -> assertThat(e.endOffset()).isEqualTo(5));
      reader.seek(0, StartAt.earliest());
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(3);
    }
  }

  @Test
  void whoReadsUpToAnOffsetSeesThatItWasTrimmed() throws Exception {
    appendSingles(0, 5);
    log.partition(0).update(new Trim(5)).join();
    ReaderOptions earliest =
        ReaderOptions.defaults().withOnTrimmed(ReaderOptions.OnTrimmed.EARLIEST);
    try (LogReader reader = log.newReader(earliest)) {
      reader.assign(0, 1);
      while (reader.position(0).orElseThrow() < 4) {
        assertThat(reader.poll(Duration.ofMillis(10))).isEmpty();
      }
      assertThat(reader.position(0)).hasValue(5);
      assertThat(reader.lag(0)).hasValue(0);
    }
  }

  /** Compacts and vacuums when the first data is asked for. */
  private final class Moving extends ForwardingObjectStore {
    private boolean hasMoved;

    Moving(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      if (!hasMoved) {
        hasMoved = true;
        List<Entry> entries = compacted.entries(0);
        compacted.compact(0, 7);
        compacted.compact(0, 9);
        compacted.vacuum(entries.subList(0, 16));
      }
      return super.getRange(key, offset, length);
    }
  }

  @Test
  void whatIsCompactedAndVacuumedWhileItIsPlannedIsReadFromTheSegments() throws Exception {
    appendSingles(0, 30);
    try (RaftlessLog moving = RaftlessLog.open(new Moving(memory), log.id(), OPTIONS);
        LogReader reader = moving.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      for (long next = 0; next < 30; ) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next);
        next = batch.nextOffset();
        assertThat(batch.records().get(batch.records().size() - 1)).isEqualTo(at(next - 1));
      }
    }
  }

  /** Before every look at the head somebody appends. */
  private final class Busy extends ForwardingObjectStore {
    Busy(ObjectStore store) {
      super(store);
    }

    private void appendOne() {
      try {
        appendSingles(0, 1);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
      if (key.endsWith("/0/head")) {
        appendOne();
      }
      return super.getIfChanged(key, known);
    }
  }

  @Test
  void aMissingNodeIsAnErrorAlsoOfALogThatIsWrittenAllTheTime() throws Exception {
    appendSingles(0, 100);
    Head head = compacted.head(0);
    NodeRef oldest = (NodeRef) head.wal().items().get(0);
    String key = compacted.keys().node(0, oldest.node());
    memory.delete(key).join();
    try (RaftlessLog busy = RaftlessLog.open(new Busy(memory), log.id(), OPTIONS);
        LogReader reader = busy.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOfSatisfying(
              RaftlessException.Corrupted.class,
              e -> assertThat(e.damage().orElseThrow().key()).isEqualTo(key));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 500, 5_000, 50_000, 5_000_000})
  void anyBudgetReadsEverythingInOrder(long budget) throws Exception {
    for (int partition = 0; partition < 3; partition++) {
      appendSingles(partition, 60);
      compacted.compact(partition, 40);
    }
    ReaderOptions options = new ReaderOptions(budget, 700, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(options)) {
      long[] next = new long[3];
      for (int partition = 0; partition < 3; partition++) {
        reader.assign(partition, 0);
      }
      reader.pause(1);
      int paused = 1;
      while (next[0] + next[1] + next[2] < 180) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        int partition = batch.partition();
        assertThat(partition).isNotEqualTo(paused);
        assertThat(batch.baseOffset()).isEqualTo(next[partition]);
        next[partition] = batch.nextOffset();
        for (LogRecord record : batch.records()) {
          assertThat(record.timestamp()).isLessThan(60);
        }
        // The next one is paused as soon as this one is through.
        if (next[0] == 60 && next[2] == 60) {
          reader.resume(1);
          paused = -1;
        }
      }
    }
  }

  @Test
  void aSegmentIsReadWithFewLargeRequests() throws Exception {
    byte[] noise = new byte[100_000];
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = 0; i < 128; i++) {
        ThreadLocalRandom.current().nextBytes(noise);
        writer.append(0, LogRecord.of(null, noise.clone(), i)).join();
      }
    }
    CompactedLog large =
        new CompactedLog(memory, log, new SegmentSettings(100_000, Compression.NONE, 3), SMALL);
    large.compact(0, 128);
    // As 8 MiB are to blocks of 1 MiB in a segment of 128 MiB: 8 blocks with one request.
    ReaderOptions options = ReaderOptions.defaults().withMaxFetchBytes(808_000);
    try (RaftlessLog cold = RaftlessLog.open(store, log.id(), OPTIONS);
        LogReader reader = cold.newReader(options)) {
      var before = store.counts();
      reader.assign(0, 0);
      for (int i = 0; i < 128; i++) {
        assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(i);
      }
      // 16 for data, 1 head, 1 footer.
      assertThat(store.counts().since(before).gets()).isEqualTo(18);
    }
  }

  @Test
  void thousandsOfPartitionsAreReadByOneReader() throws Exception {
    int partitions = 3_000;
    try (RaftlessLog wide = RaftlessLog.create(memory, LogId.of("", "wide"), partitions);
        LogWriter writer = wide.newWriter(WriterOptions.defaults().withInlineBytes(0));
        LogReader reader = wide.newReader(ReaderOptions.defaults())) {
      List<CompletableFuture<Long>> appended = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition += 2) {
        appended.add(writer.append(partition, at(partition)));
      }
      for (int partition = 0; partition < partitions; partition++) {
        reader.assign(partition, 0);
      }
      Set<Integer> seen = new HashSet<>();
      while (seen.size() < appended.size()) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.records()).containsExactly(at(batch.partition()));
        assertThat(seen.add(batch.partition())).isTrue();
      }
      assertThat(CompletableFuture.allOf(appended.toArray(CompletableFuture<?>[]::new)))
          .succeedsWithin(LONG);
    }
  }

  /** Holds data, and what is asked of a head that is known, until the test lets them go. */
  private static final class HeldReads extends ForwardingObjectStore {
    private final CompletableFuture<Void> data = new CompletableFuture<>();
    private final CompletableFuture<Void> heads = new CompletableFuture<>();
    private final AtomicInteger dataReads = new AtomicInteger();
    private final Queue<String> keys = new ConcurrentLinkedQueue<>();

    HeldReads(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      keys.add(key);
      return super.get(key);
    }

    @Override
    public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
      return key.endsWith("/head")
          ? heads.thenCompose(go -> super.getIfChanged(key, known))
          : super.getIfChanged(key, known);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      dataReads.incrementAndGet();
      return data.thenCompose(go -> super.getRange(key, offset, length));
    }
  }

  /** Steps of a reader follow one another on the only worker, so it can be told what was done. */
  private static LogRuntime oneWorker() {
    return new LogRuntime(
        Clock.systemUTC(),
        new Random(),
        Executors.newSingleThreadScheduledExecutor(),
        Executors.newSingleThreadExecutor());
  }

  /** Until the reader has done all that it can do without another answer of the store. */
  private static void awaitStep(LogReader reader, LogRuntime runtime) {
    // The step under way has the reader's lock until the next one is in the worker's queue.
    var unused = reader.position(0);
    CompletableFuture.runAsync(() -> {}, runtime.workers()).join();
  }

  /** Reads from here to a failure, which is returned. */
  private static RaftlessException failureAfter(LogReader reader, List<Long> offsets)
      throws InterruptedException {
    while (true) {
      try {
        offsets.add(reader.poll(LONG).orElseThrow().baseOffset());
      } catch (RaftlessException e) {
        return e;
      }
    }
  }

  @Test
  void aMissingNodeIsReportedAfterWhatWasOnItsWay() throws Exception {
    appendSingles(0, 12);
    NodeRef second = (NodeRef) compacted.head(0).wal().items().get(1);
    String node = compacted.keys().node(0, second.node());
    memory.delete(node).join();
    HeldReads held = new HeldReads(memory);
    held.heads.complete(null);
    LogRuntime runtime = oneWorker();
    try (RaftlessLog cold = RaftlessLog.open(held, log.id(), OPTIONS, runtime);
        LogReader reader = cold.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      Await.until(
          "the node was missed in a new head, too",
          () -> Collections.frequency(held.keys, node) == 2);
      awaitStep(reader, runtime);
      held.data.complete(null);
      List<Long> offsets = new ArrayList<>();
      RaftlessException failure = failureAfter(reader, offsets);
      assertThat(offsets)
          .containsExactlyElementsOf(LongStream.range(0, second.baseOffset()).boxed().toList());
      Damage damage = ((RaftlessException.Corrupted) failure).damage().orElseThrow();
      assertThat(damage.key()).isEqualTo(node);
      assertThat(damage.baseOffset()).isEqualTo(second.baseOffset());
      assertThat(damage.endOffset()).as("nobody knows without the node").isEqualTo(-1);
    }
  }

  @Test
  void aTrimIsReportedAfterWhatWasOnItsWay() throws Exception {
    appendSingles(0, 12);
    HeldReads held = new HeldReads(memory);
    LogRuntime runtime = oneWorker();
    try (RaftlessLog cold = RaftlessLog.open(held, log.id(), OPTIONS, runtime);
        LogReader reader = cold.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      Await.until("everything is on its way", () -> held.dataReads.get() == 12);
      appendSingles(0, 1);
      log.trim(0, 13).join();
      held.heads.complete(null);
      Await.until("the trim was seen", () -> reader.endOffset(0).orElse(0) == 13);
      awaitStep(reader, runtime);
      held.data.complete(null);
      List<Long> offsets = new ArrayList<>();
      assertThat(failureAfter(reader, offsets)).isInstanceOf(RaftlessException.OffsetTrimmed.class);
      assertThat(offsets).hasSize(12);
    }
  }
}
