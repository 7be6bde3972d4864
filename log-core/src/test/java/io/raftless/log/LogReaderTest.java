package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.head.Trim;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class LogReaderTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Large enough, if every second one is, for blocks to be decoded while they arrive. */
  private static final LogRecord SECOND = record("second".repeat(100));

  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final CountingObjectStore store = new CountingObjectStore(served(memory));
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 3);

  /** What the log is read from. */
  ObjectStore served(ObjectStore memory) {
    return memory;
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private void append(int partition, int batches) throws InterruptedException {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      for (int i = 0; i < batches; i++) {
        List<LogRecord> two = List.of(record("p" + partition + "-" + i), SECOND);
        writer.append(partition, two, AppendConditions.NONE).join();
      }
    }
  }

  private static ReaderOptions tight() {
    return new ReaderOptions(1, 1, 20, ReaderOptions.OnTrimmed.FAIL);
  }

  @Test
  void severalPartitionsAreReadInTurnEachInOrder() throws Exception {
    for (int partition = 0; partition < 3; partition++) {
      append(partition, 50);
    }
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      long[] next = new long[3];
      for (int partition = 0; partition < 3; partition++) {
        reader.assign(partition, 0);
      }
      for (int i = 0; i < 150; i++) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next[batch.partition()]);
        next[batch.partition()] = batch.nextOffset();
      }
      assertThat(next).containsExactly(100, 100, 100);
    }
  }

  @Test
  void aTinyMemoryBudgetSlowsAReaderDownAndNothingElse() throws Exception {
    append(0, 200);
    append(1, 200);
    try (LogReader reader = log.newReader(tight())) {
      reader.assign(0, 0);
      reader.assign(1, 0);
      for (int i = 0; i < 400; i++) {
        assertThat(reader.poll(LONG)).isPresent();
      }
    }
  }

  @Test
  void whatIsDecodedCountsAsLargeAsItIsAndNotAsItWasStored() throws Exception {
    String zeros = "0".repeat(1 << 20);
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = 0; i < 40; i++) {
        writer.append(0, record(zeros)).join();
      }
    }
    ReaderOptions fourMebibytes = new ReaderOptions(4 << 20, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(fourMebibytes)) {
      reader.assign(0, 0);
      assertThat(reader.poll(LONG)).isPresent();
      long before = store.counts().gets();
      // Nobody polls: what was requested before the first came back may still come, and no more.
      for (int i = 0; i < 5; i++) {
        reader.pause(0);
        assertThat(reader.poll(Duration.ofMillis(40))).isEmpty();
        reader.resume(0);
      }
      assertThat(store.counts().gets() - before).isLessThan(20);
      for (int i = 1; i < 40; i++) {
        assertThat(reader.poll(LONG)).isPresent();
      }
    }
  }

  @Test
  void aPausedPartitionIsSilentAndDoesNotStarveTheOthers() throws Exception {
    append(0, 20);
    append(1, 20);
    try (LogReader reader = log.newReader(tight())) {
      reader.assign(0, 0);
      reader.assign(1, 0);
      reader.pause(0);
      for (int i = 0; i < 20; i++) {
        assertThat(reader.poll(LONG).orElseThrow().partition()).isEqualTo(1);
      }
      assertThat(reader.poll(Duration.ofMillis(30))).isEmpty();
      reader.resume(0);
      for (int i = 0; i < 20; i++) {
        assertThat(reader.poll(LONG).orElseThrow().partition()).isZero();
      }
    }
  }

  @Test
  void anUnassignedPartitionIsSilentAndCanBeAssignedAgainAnywhere() throws Exception {
    append(0, 20);
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThat(reader.poll(LONG)).isPresent();
      reader.unassign(0);
      assertThat(reader.poll(Duration.ofMillis(30))).isEmpty();
      reader.assign(0, 7);
      ReadBatch batch = reader.poll(LONG).orElseThrow();
      assertThat(batch.baseOffset()).isEqualTo(7);
      assertThat(batch.records()).containsExactly(SECOND);
    }
  }

  @Test
  void wakingUpEndsAPoll() throws Exception {
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      CompletableFuture<Void> waker = CompletableFuture.runAsync(reader::wakeUp);
      assertThat(reader.poll(LONG)).isEmpty();
      waker.join();
    }
  }

  @Test
  void aReaderThatIsFarBehindFetchesAheadInParallel() throws Exception {
    append(0, 100);
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      long before = store.counts().gets();
      reader.assign(0, 0);
      assertThat(reader.poll(LONG)).isPresent();
      // Across the leaves of the index, though nobody asks for more.
      Await.until("100 batches were fetched", () -> store.counts().gets() - before >= 100);
    }
  }

  @Test
  void whatWasHandedOutGivesRoomForAsMuchAsThereWas() throws Exception {
    append(0, 200);
    // Some twenty batches, each read by a request of its own.
    ReaderOptions small = new ReaderOptions(14_000, 1, 20, 1_000, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(small)) {
      long before = store.counts().gets();
      reader.assign(0, 0);
      for (int i = 0; i < 150; i++) {
        assertThat(reader.poll(LONG)).isPresent();
      }
      // With up to 7 nodes of the index.
      Await.until("more was fetched ahead", () -> store.counts().gets() - before >= 150 + 7 + 8);
    }
  }

  @Test
  void readingAllOfALogCostsOneGetPerBatchAndOnePerNode() throws Exception {
    append(0, 200);
    try (RaftlessLog cold = RaftlessLog.open(store, log.id());
        LogReader reader = cold.newReader(ReaderOptions.defaults())) {
      var before = store.counts();
      reader.assign(0, 0);
      for (int i = 0; i < 200; i++) {
        assertThat(reader.poll(LONG)).isPresent();
      }
      var counts = store.counts().since(before);
      // 200 batches, 1 head; 200 entries are up to 6 nodes of 32.
      assertThat(counts.gets()).isBetween(201L, 208L);
      assertThat(counts.lists()).isZero();
    }
  }

  /** Holds the reading of the first data object and of the second index node until it is told. */
  private static final class SlowReads extends ForwardingObjectStore {
    private final CompletableFuture<Void> firstObject = new CompletableFuture<>();
    private final CompletableFuture<Void> secondNode = new CompletableFuture<>();
    private final CompletableFuture<String> firstKey = new CompletableFuture<>();
    private final AtomicInteger nodeReads = new AtomicInteger();

    SlowReads(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      return key.contains("/node/") && nodeReads.incrementAndGet() == 2
          ? secondNode.thenCompose(go -> super.get(key))
          : super.get(key);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      return firstKey.complete(key)
          ? firstObject.thenCompose(go -> super.getRange(key, offset, length))
          : super.getRange(key, offset, length);
    }
  }

  @ParameterizedTest
  @EnumSource(ReaderOptions.OnTrimmed.class)
  void aTrimWhileTheNextPlanIsUnderWayLeavesNoGap(ReaderOptions.OnTrimmed policy) throws Exception {
    SlowReads slow = new SlowReads(memory);
    LogOptions small = new LogOptions(LONG, new IndexShape(2, 40, 2));
    try (RaftlessLog writing = RaftlessLog.open(memory, log.id(), small);
        RaftlessLog reading = RaftlessLog.open(slow, log.id(), small);
        LogWriter writer =
            writing.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0));
        LogReader reader = reading.newReader(new ReaderOptions(1 << 20, 1, 20, policy))) {
      for (int i = 0; i < 10; i++) {
        writer.append(0, record("r" + i)).join();
      }
      reader.assign(0, 0);
      Await.until(
          "two nodes were asked for", () -> slow.nodeReads.get() >= 2 && slow.firstKey.isDone());
      writing.partition(0).update(new Trim(1)).join();
      memory.delete(slow.firstKey.join()).join();
      slow.firstObject.complete(null);
      // The reader finds the object gone and plans anew, while its second plan still waits.
      assertThat(reader.poll(Duration.ofMillis(200))).isEmpty();
      slow.secondNode.complete(null);
      if (policy == ReaderOptions.OnTrimmed.FAIL) {
        assertThatThrownBy(() -> reader.poll(LONG))
            .isInstanceOf(RaftlessException.OffsetOutOfRange.class);
      } else {
        for (long offset = 1; offset < 10; offset++) {
          assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(offset);
        }
      }
    }
  }

  /** Holds each read of a WAL object until it is told. */
  private static final class HeldWalReads extends ForwardingObjectStore {
    private final List<CompletableFuture<Void>> gates = new CopyOnWriteArrayList<>();
    private final AtomicInteger segmentReads = new AtomicInteger();

    HeldWalReads(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      if (!key.contains("/wal/")) {
        segmentReads.incrementAndGet();
        return super.getRange(key, offset, length);
      }
      CompletableFuture<Void> gate = new CompletableFuture<>();
      gates.add(gate);
      return gate.thenCompose(go -> super.getRange(key, offset, length));
    }
  }

  @Test
  void aSegmentThatBeginsBeforeWhatItWasAskedForDoesNotStopTheReader() throws Exception {
    HeldWalReads held = new HeldWalReads(memory);
    append(0, 3);
    try (RaftlessLog reading = RaftlessLog.open(held, log.id());
        LogReader reader = reading.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 2);
      Await.until("offsets 2 and 4 were asked for", () -> held.gates.size() == 2);
      log.compact(0, CompactionOptions.defaults().forced());
      for (String key : walKeys()) {
        memory.delete(key).join();
      }
      // Offset 4 is gone. In its place comes a segment that begins at 0, in line behind offset 2.
      held.gates.get(1).complete(null);
      Await.until("footer and block were asked for", () -> held.segmentReads.get() >= 2);
      held.gates.get(0).complete(null);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(2);
    }
  }

  private List<String> walKeys() {
    List<String> keys = new ArrayList<>();
    for (ListPage.ListedObject object : memory.list("", null).join().objects()) {
      if (object.key().contains("/wal/")) {
        keys.add(object.key());
      }
    }
    return keys;
  }

  @Test
  void aMissingObjectIsAnErrorThatNamesIt() throws Exception {
    append(0, 1);
    String key = walKeys().get(0);
    memory.delete(key).join();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOf(RaftlessException.Corrupted.class)
          .hasMessageContaining(key)
          .hasMessageContaining("0 to 2");
    }
  }

  @Test
  void aDamagedObjectIsAnErrorThatNamesItAndWhatIsBeforeItIsRead() throws Exception {
    append(0, 1);
    String good = walKeys().get(0);
    append(0, 1);
    String key = walKeys().stream().filter(k -> !k.equals(good)).findFirst().orElseThrow();
    damage(key);
    try (LogReader reader = log.newReader(tight())) {
      reader.assign(0, 0);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isZero();
      assertThatThrownBy(() -> reader.poll(LONG))
          .isInstanceOf(RaftlessException.Corrupted.class)
          .hasMessageContaining(key);
    }
  }

  private void damage(String key) {
    GetOutcome.Found found = (GetOutcome.Found) memory.get(key).join();
    ByteBuffer body = ByteBuffer.allocate(found.body().remaining()).put(found.body()).flip();
    int last = body.limit() - 1;
    body.put(last, (byte) (body.get(last) ^ 1));
    ETag etag = found.etag();
    memory.putIfMatch(key, etag, body).join();
  }

  @Test
  void aReaderStartsAtTheEarliestOrAfterTheLatestRecord() throws Exception {
    append(0, 3);
    log.partition(0).update(new Trim(2)).join();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, StartAt.earliest());
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(2);
      reader.unassign(0);
      reader.assign(0, StartAt.latest());
      assertThat(reader.poll(Duration.ofMillis(200))).isEmpty();
      append(0, 1);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(6);
    }
  }

  @Test
  void whatIsNotThereCannotBeAssignedOrPaused() {
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      assertThatThrownBy(() -> reader.assign(3, 0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.assign(0, -1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.pause(0)).isInstanceOf(IllegalStateException.class);
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.assign(0, 0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aPartitionThatFailedTakesNoMemoryFromTheOthers() throws Exception {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = 0; i < 12; i++) {
        writer.append(0, LogRecord.of(null, incompressible(8 << 10), i)).join();
        if (i == 0) {
          memory.delete(walKeys().get(0)).join();
        }
      }
      for (int i = 0; i < 40; i++) {
        writer.append(1, LogRecord.of(null, incompressible(1 << 10), i)).join();
      }
    }
    ReaderOptions options = new ReaderOptions(64 << 10, 1, 20, ReaderOptions.OnTrimmed.FAIL);
    try (LogReader reader = log.newReader(options)) {
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.poll(LONG)).isInstanceOf(RaftlessException.Corrupted.class);
      long before = store.counts().gets();
      reader.assign(1, 0);
      Await.until("the other one is fetched ahead", () -> store.counts().gets() - before >= 30);
    }
  }

  private static byte[] incompressible(int bytes) {
    byte[] value = new byte[bytes];
    new Random(bytes).nextBytes(value);
    return value;
  }

  @Test
  void aPollMayWaitForeverOrNotAtAll() throws Exception {
    append(0, 1);
    Duration forever = ChronoUnit.FOREVER.getDuration();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      assertThat(reader.poll(forever.negated())).isEmpty();
      reader.assign(0, 0);
      assertThat(reader.poll(forever)).isPresent();
    }
  }
}
