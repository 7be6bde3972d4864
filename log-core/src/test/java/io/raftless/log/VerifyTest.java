package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.Damage;
import io.raftless.format.EncodedBatch;
import io.raftless.format.Json;
import io.raftless.format.LogRecord;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentObject;
import io.raftless.format.SegmentSettings;
import io.raftless.format.SegmentWriter;
import io.raftless.head.Head;
import io.raftless.head.Trim;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.index.IndexShape;
import io.raftless.index.NodeRef;
import io.raftless.index.Segment;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every kind of damage is found and named, by the verifier and by a reader that comes across it.
 */
@Timeout(60)
class VerifyTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final IndexShape SMALL = new IndexShape(4, 6, 3);

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final RaftlessLog log =
      RaftlessLog.create(
          store, LogId.of("", "log"), 2, new LogOptions(LONG, SMALL), LogRuntime.start());
  private final CompactedLog compacted =
      new CompactedLog(store, log, new SegmentSettings(1 << 10, Compression.NONE, 3), SMALL);

  /** 40 batches of 3 records, the first 20 of them in two segments. */
  @BeforeEach
  void fill() throws Exception {
    append(log, 40);
    compacted.compact(0, 10);
    compacted.compact(0, 10);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private static void append(RaftlessLog to, int batches) throws InterruptedException {
    Random random = new Random(7);
    try (LogWriter writer =
        to.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = 0; i < batches; i++) {
        List<LogRecord> records = new ArrayList<>();
        for (int j = 0; j < 3; j++) {
          byte[] value = ("r" + i + "-" + j + "x".repeat(100)).getBytes(StandardCharsets.UTF_8);
          records.add(LogRecord.of(null, value, random.nextInt(1_000)));
        }
        writer.append(0, records, AppendConditions.NONE).join();
      }
    }
  }

  private VerifyReport full() {
    return log.verify(VerifyOptions.full());
  }

  private void change(String key, UnaryOperator<ByteBuffer> change) {
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    ByteBuffer body = change.apply(CompactedLog.copy(found.body()));
    assertThat(store.putIfMatch(key, found.etag(), body).join())
        .isInstanceOf(PutOutcome.Stored.class);
  }

  private void flip(String key, long position) {
    change(key, body -> body.put((int) position, (byte) (body.get((int) position) ^ 1)));
  }

  private Segment firstSegment() {
    Head head = compacted.head(0);
    return (Segment) log.partition(0).index().itemAt(head, 0).join().orElseThrow();
  }

  private String key(Segment segment) {
    return compacted.keys().segment(0, Objects.requireNonNull(segment.label()));
  }

  private NodeRef firstNode() {
    return compacted.head(0).wal().items().stream()
        .filter(NodeRef.class::isInstance)
        .map(NodeRef.class::cast)
        // Compaction may have cut the first one down to one entry.
        .filter(ref -> leaf(ref).entries().size() > 1)
        .findFirst()
        .orElseThrow();
  }

  private IndexNode leaf(NodeRef ref) {
    return log.partition(0).index().read(0, ref.node()).join();
  }

  private void found(Damage.Kind kind, String key) {
    found(full(), kind, key);
  }

  /** It is the only finding: one damage is reported once, and the rest is intact. */
  private static void found(VerifyReport report, Damage.Kind kind, String key) {
    assertThat(report.isIntact()).isFalse();
    assertThat(report.findings())
        .allSatisfy(
            damage -> {
              assertThat(damage.kind()).isEqualTo(kind);
              assertThat(damage.key()).isEqualTo(key);
              assertThat(damage.partition()).isZero();
              assertThat(damage.baseOffset()).isGreaterThanOrEqualTo(0);
              assertThat(damage.endOffset()).isGreaterThan(damage.baseOffset());
              assertThat(damage.message()).contains(key);
            })
        .hasSize(1);
  }

  /** A reader from the beginning fails with this. */
  private Damage readersError() throws InterruptedException {
    try (RaftlessLog cold = RaftlessLog.open(store, log.id());
        LogReader reader = cold.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      long next = 0;
      while (true) {
        ReadBatch batch = reader.poll(LONG).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next);
        next = batch.nextOffset();
        if (next == 120) {
          throw new AssertionError("everything could be read");
        }
      }
    } catch (RaftlessException.Corrupted e) {
      return e.damage().orElseThrow();
    }
  }

  @Test
  void anIntactLogIsIntactAndCounted() {
    VerifyReport report = full();
    assertThat(report.findings()).isEmpty();
    assertThat(report.partitions()).isEqualTo(2);
    assertThat(report.batches()).isEqualTo(40);
    assertThat(report.records()).isEqualTo(120);
    assertThat(report.objects()).isEqualTo(22);
    assertThat(report.bytes()).isGreaterThan(5_000);
    VerifyReport quick = log.verify(VerifyOptions.quick());
    assertThat(quick.isIntact()).isTrue();
    assertThat(quick.objects()).isEqualTo(22);
    assertThat(quick.bytes()).isZero();
  }

  @Test
  void whatRandomAppendsCompactionsAndTrimsLeaveIsIntact() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 30; round++) {
      int dice = random.nextInt(3);
      Head head = compacted.head(0);
      int waiting = compacted.entries(0).size();
      if (dice == 0) {
        append(log, 1 + random.nextInt(8));
      } else if (dice == 1 && waiting > 0) {
        List<Entry> entries = compacted.entries(0);
        int some = 1 + random.nextInt(waiting);
        compacted.compact(0, some);
        compacted.vacuum(entries.subList(0, some));
      } else {
        long target = head.startOffset() + random.nextInt(10);
        log.partition(0).update(new Trim(Math.min(target, head.nextOffset()))).join();
      }
      assertThat(full().findings()).isEmpty();
    }
  }

  @Test
  void onlyTheRangeAskedForIsLookedAt() {
    Entry last = compacted.entries(0).get(19);
    flip(compacted.keys().wal(last.label()), last.position() + 60);
    assertThat(log.verify(VerifyOptions.full().ofPartition(0).ofOffsets(0, 117)).isIntact())
        .isTrue();
    assertThat(log.verify(VerifyOptions.full().ofPartition(0).ofOffsets(118, 119)).isIntact())
        .isFalse();
    assertThat(log.verify(VerifyOptions.full().ofPartition(1)).isIntact()).isTrue();
    assertThatThrownBy(() -> log.verify(VerifyOptions.full().ofPartition(2)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> VerifyOptions.full().ofOffsets(3, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDamagedWalBlockIsFoundAndNoOther() throws Exception {
    Entry entry = compacted.entries(0).get(3);
    String key = compacted.keys().wal(entry.label());
    flip(key, entry.position() + entry.length() - 1);
    found(Damage.Kind.DAMAGED_BLOCK, key);
    Damage damage = readersError();
    assertThat(damage.kind()).isEqualTo(Damage.Kind.DAMAGED_BLOCK);
    assertThat(damage.key()).isEqualTo(key);
    assertThat(damage.position()).isEqualTo(entry.position());
    assertThat(damage.length()).isEqualTo(entry.length());
    assertThat(damage.baseOffset()).isEqualTo(69);
    assertThat(damage.endOffset()).isEqualTo(72);
  }

  @Test
  void aMissingWalObjectIsFoundInBothModes() throws Exception {
    Entry entry = compacted.entries(0).get(5);
    String key = compacted.keys().wal(entry.label());
    store.delete(key).join();
    found(Damage.Kind.MISSING_OBJECT, key);
    found(log.verify(VerifyOptions.quick()), Damage.Kind.MISSING_OBJECT, key);
    assertThat(readersError().kind()).isEqualTo(Damage.Kind.MISSING_OBJECT);
  }

  @Test
  void aWalObjectThatWasCutOffIsFoundInBothModes() throws Exception {
    Entry entry = compacted.entries(0).get(5);
    String key = compacted.keys().wal(entry.label());
    change(key, body -> body.limit((int) entry.position() + entry.length() - 1));
    found(Damage.Kind.MISSING_OBJECT, key);
    found(log.verify(VerifyOptions.quick()), Damage.Kind.MISSING_OBJECT, key);
    assertThat(readersError().kind()).isEqualTo(Damage.Kind.MISSING_OBJECT);
  }

  @Test
  void aDamagedByteAnywhereInASegmentIsFound() {
    Segment segment = firstSegment();
    String key = key(segment);
    for (long position = 0; position < segment.bytes(); position += 7) {
      flip(key, position);
      VerifyReport report = full();
      assertThat(report.isIntact()).as("byte %s of %s", position, segment.bytes()).isFalse();
      assertThat(report.findings()).allMatch(damage -> damage.key().equals(key));
      flip(key, position);
    }
    assertThat(full().isIntact()).isTrue();
  }

  @Test
  void aDamagedSegmentIsAnErrorOfAReaderToo() throws Exception {
    Segment segment = firstSegment();
    String key = key(segment);
    flip(key, 200);
    assertThat(readersError().key()).isEqualTo(key);
    flip(key, 200);
    flip(key, segment.bytes() - 1);
    Damage damage = readersError();
    assertThat(damage.kind()).isEqualTo(Damage.Kind.DAMAGED_INDEX);
    assertThat(damage.key()).isEqualTo(key);
    assertThat(damage.length()).isEqualTo(segment.footerBytes());
    store.delete(key).join();
    found(Damage.Kind.MISSING_OBJECT, key);
    found(log.verify(VerifyOptions.quick()), Damage.Kind.MISSING_OBJECT, key);
    assertThat(readersError().kind()).isEqualTo(Damage.Kind.MISSING_OBJECT);
  }

  @Test
  void aDamagedOrMissingListOfSourcesIsFound() {
    Segment segment = firstSegment();
    String key = compacted.keys().provenance(0, segment.provenance());
    flip(key, 60);
    found(Damage.Kind.DAMAGED_INDEX, key);
    store.delete(key).join();
    found(Damage.Kind.MISSING_OBJECT, key);
  }

  @Test
  void anUnreadableOrMissingNodeIsFound() throws Exception {
    NodeRef ref = firstNode();
    String key = compacted.keys().node(0, ref.node());
    flip(key, 0);
    found(Damage.Kind.DAMAGED_INDEX, key);
    assertThat(readersError().kind()).isEqualTo(Damage.Kind.DAMAGED_INDEX);
    store.delete(key).join();
    found(Damage.Kind.MISSING_OBJECT, key);
    Damage damage = readersError();
    assertThat(damage.kind()).isEqualTo(Damage.Kind.MISSING_OBJECT);
    assertThat(damage.key()).isEqualTo(key);
  }

  private void replaceNode(NodeRef ref, UnaryOperator<List<Entry>> change) {
    IndexNode node = leaf(ref);
    IndexNode forged =
        new IndexNode(
            node.format(),
            node.incarnation(),
            node.partition(),
            0,
            change.apply(new ArrayList<>(node.entries())),
            List.of(),
            List.of());
    change(compacted.keys().node(0, ref.node()), body -> Json.encode(forged));
  }

  private static Entry at(Entry entry, long endOffset) {
    return new Entry(
        endOffset,
        entry.count(),
        entry.label(),
        entry.position(),
        entry.length(),
        entry.maxTimestamp(),
        entry.crc(),
        entry.epoch(),
        entry.object(),
        entry.data(),
        entry.writerId());
  }

  @Test
  void twoBatchesThatChangedPlacesBreakTheChain() throws Exception {
    NodeRef ref = firstNode();
    replaceNode(
        ref,
        entries -> {
          Entry first = entries.get(0);
          Entry second = entries.get(1);
          entries.set(0, at(second, first.endOffset()));
          entries.set(1, at(first, second.endOffset()));
          return entries;
        });
    String key = compacted.keys().node(0, ref.node());
    found(Damage.Kind.CHAIN_MISMATCH, key);
    Damage damage = readersError();
    assertThat(damage.kind()).isEqualTo(Damage.Kind.CHAIN_MISMATCH);
    assertThat(damage.key()).isEqualTo(key);
  }

  @Test
  void itemsOfANodeThatDoNotFollowOneAnotherAreFound() throws Exception {
    NodeRef ref = firstNode();
    change(
        compacted.keys().node(0, ref.node()),
        body -> {
          String json = StandardCharsets.UTF_8.decode(body).toString();
          String other = json.replaceFirst("\"count\":3", "\"count\":2");
          return ByteBuffer.wrap(other.getBytes(StandardCharsets.UTF_8));
        });
    String key = compacted.keys().node(0, ref.node());
    assertThat(full().findings())
        .anyMatch(d -> d.kind() == Damage.Kind.DAMAGED_INDEX && d.key().equals(key));
    assertThat(readersError().kind()).isEqualTo(Damage.Kind.DAMAGED_INDEX);
  }

  @Test
  void aTimestampThatTheIndexGotWrongIsFound() {
    NodeRef ref = firstNode();
    replaceNode(
        ref,
        entries -> {
          Entry first = entries.get(0);
          entries.set(
              0,
              new Entry(
                  first.endOffset(),
                  first.count(),
                  first.label(),
                  first.position(),
                  first.length(),
                  5_000_000,
                  first.crc()));
          return entries;
        });
    assertThat(full().findings()).hasSize(2).allMatch(d -> d.kind() == Damage.Kind.DAMAGED_INDEX);
    assertThat(log.verify(VerifyOptions.quick()).findings()).hasSize(1);
  }

  private void forgeHead(UnaryOperator<Head> change) {
    Head head = compacted.head(0);
    change(compacted.keys().head(0), body -> Json.encode(change.apply(head)));
  }

  @Test
  void aHeadWithAnotherChainIsFound() throws Exception {
    Chain forged = new Chain("12".repeat(16));
    forgeHead(
        head ->
            new Head(
                head.format(),
                head.incarnation(),
                head.partition(),
                head.version() + 1,
                head.lastWrite(),
                head.state(),
                head.nextOffset(),
                head.startOffset(),
                head.compactionCursor(),
                head.startChain(),
                forged,
                head.horizon(),
                head.writers(),
                head.segments(),
                head.wal()));
    String key = compacted.keys().head(0);
    found(Damage.Kind.CHAIN_MISMATCH, key);
    assertThat(readersError().key()).isEqualTo(key);
  }

  @Test
  void anUnreadableHeadIsFound() {
    String key = compacted.keys().head(0);
    flip(key, 0);
    VerifyReport report = full();
    assertThat(report.findings()).hasSize(1);
    assertThat(report.findings().get(0).key()).isEqualTo(key);
  }

  @Test
  void aBatchThatIsThereTwiceIsFoundThoughTheChainHasItTwice() {
    Head head = compacted.head(0);
    Entry twice = at(compacted.entries(0).get(19), head.nextOffset() + 3);
    Chain chain = twice.chainAfter(0, head.chain());
    forgeHead(
        before ->
            new Head(
                before.format(),
                before.incarnation(),
                before.partition(),
                before.version() + 1,
                before.lastWrite(),
                before.state(),
                before.nextOffset() + 3,
                before.startOffset(),
                before.compactionCursor(),
                before.startChain(),
                chain,
                before.horizon(),
                before.writers(),
                before.segments(),
                before.wal().plus(List.of(twice))));
    found(Damage.Kind.DUPLICATE_BATCH, compacted.keys().head(0));
    assertThat(log.verify(VerifyOptions.full().withoutLabels()).isIntact()).isTrue();
  }

  /** A compactor that mixes records up keeps all checksums of what it writes right. */
  @Test
  void recordsThatACompactorAlteredAreFound() {
    Head head = compacted.head(0);
    List<Entry> entries = compacted.entries(0).subList(0, 3);
    Label label = compacted.labels().next(head.horizon());
    SegmentWriter writer =
        new SegmentWriter(
            log.incarnation().value(),
            label.value(),
            0,
            60,
            60,
            0,
            new SegmentSettings(1 << 10, Compression.NONE, 3));
    BatchBuilder other = new BatchBuilder();
    for (int i = 0; i < 9; i++) {
      other.add(LogRecord.of(null, new byte[] {(byte) i}, 1));
    }
    EncodedBatch batch = other.build(Compression.NONE);
    writer.addBlock(batch.block());
    Chain chain = head.cursorChain();
    ProvenanceList.Builder sources =
        ProvenanceList.builder(log.incarnation().value(), 0, head.compactionCursor());
    for (Entry entry : entries) {
      sources.add(entry.label().value(), entry.count(), (int) entry.crc());
      chain = entry.chainAfter(0, chain);
    }
    ProvenanceList list = sources.build();
    writer.addSources(list);
    SegmentObject object = writer.finish();
    compacted.install(0, head, label, object, list, chain);
    found(Damage.Kind.ALTERED_RECORDS, compacted.keys().segment(0, label));
  }

  /** Compacts, and vacuums, when the first WAL object is read. */
  private final class Moving extends ForwardingObjectStore {
    private boolean hasMoved;

    Moving(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      if (key.contains("/wal/") && !hasMoved) {
        hasMoved = true;
        List<Entry> entries = compacted.entries(0);
        compacted.compact(0, 12);
        compacted.vacuum(entries.subList(0, 12));
      }
      return super.getRange(key, offset, length);
    }
  }

  @Test
  void aLogThatIsCompactedAndVacuumedMeanwhileIsIntact() {
    try (RaftlessLog moving = RaftlessLog.open(new Moving(store), log.id())) {
      VerifyReport report = moving.verify(VerifyOptions.full());
      assertThat(report.findings()).isEmpty();
      assertThat(compacted.head(0).compactionCursor()).isEqualTo(96);
    }
  }

  @Test
  void aStoreThatCannotBeReadIsNotADamagedLog() {
    ForwardingObjectStore broken =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("no way"));
          }
        };
    try (RaftlessLog other = RaftlessLog.open(broken, log.id())) {
      assertThatThrownBy(() -> other.verify(VerifyOptions.full())).hasMessageContaining("no way");
    }
  }

  @Test
  void noMoreFindingsAreDescribedThanAskedFor() {
    compacted.vacuum(compacted.entries(0));
    VerifyOptions all = VerifyOptions.full();
    VerifyOptions two = new VerifyOptions(all.mode(), all.partition(), 0, Long.MAX_VALUE, true, 2);
    VerifyReport report = log.verify(two);
    assertThat(report.findings()).hasSize(2);
    assertThat(report.furtherFindings()).isEqualTo(18);
  }

  /**
   * Trims and vacuums a segment while it is read: the request for its beginning is overtaken by all
   * others.
   */
  private final class Going extends ForwardingObjectStore {
    private final CompletableFuture<Void> isGone = new CompletableFuture<>();
    private final Segment segment;

    Going(ObjectStore store, Segment segment) {
      super(store);
      this.segment = segment;
    }

    @Override
    public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
      if (!key.equals(key(segment))) {
        return super.getRange(key, offset, length);
      }
      if (offset == 0) {
        return isGone.thenCompose(go -> super.getRange(key, offset, length));
      }
      CompletableFuture<GetOutcome> rest = super.getRange(key, offset, length);
      if (offset != segment.bytes() - segment.footerBytes()) {
        log.trim(0, segment.endOffset()).join();
        store.delete(key).join();
        isGone.complete(null);
      }
      return rest;
    }
  }

  @Test
  void aSegmentThatIsTrimmedAndVacuumedWhileItIsReadIsNoDamage() {
    Segment segment = firstSegment();
    Going going = new Going(store, segment);
    try (RaftlessLog verified = RaftlessLog.open(going, log.id())) {
      assertThat(verified.verify(VerifyOptions.full()).findings()).isEmpty();
      assertThat(going.isGone).isDone();
      assertThat(compacted.head(0).startOffset()).isEqualTo(segment.endOffset());
    }
  }
}
