package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.format.ProvenanceList;
import io.raftless.format.SegmentSettings;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.index.IndexShape;
import io.raftless.index.Segment;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.RequestCounts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under which writer id and epoch a record was committed, as a reader is told. */
@Timeout(60)
class OriginsTest {
  private static final LogId ID = LogId.of("", "log");
  private static final ReaderOptions ORIGINS = ReaderOptions.defaults().withOrigins(true);

  /** Four batches in the head: what is older is in nodes. */
  private static final LogOptions SMALL =
      new LogOptions(Duration.ofSeconds(60), new IndexShape(4, 3, 2));

  private static final CompactionOptions NOW = CompactionOptions.defaults().forced();

  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final CountingObjectStore store = new CountingObjectStore(memory);
  private RaftlessLog log = created();

  /** What was appended: the origin of each offset. */
  private final List<@Nullable Origin> expected = new ArrayList<>();

  private final Map<String, WriterClaim> claims = new HashMap<>();

  private RaftlessLog created() {
    RaftlessLog.create(store, ID, 1).close();
    return RaftlessLog.open(store, ID, SMALL);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private void acquire(String writerId, String holder) {
    claims.put(writerId, log.acquire(writerId, holder).join().get(0));
  }

  private WriterClaim claim(String writerId) {
    return Objects.requireNonNull(claims.get(writerId));
  }

  private static Origin origin(WriterClaim claim) {
    return new Origin(claim.writerId(), claim.epoch());
  }

  /** Appends batches of two records. */
  private void append(@Nullable String writerId, int batches) throws InterruptedException {
    WriterClaim claim = writerId == null ? null : claim(writerId);
    WriterOptions options = WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0);
    try (LogWriter writer = log.newWriter(options, claim == null ? Map.of() : Map.of(0, claim))) {
      for (int i = 0; i < batches; i++) {
        List<LogRecord> two = List.of(record("r" + expected.size()), record("second"));
        assertThat(writer.append(0, two, AppendConditions.NONE).join()).isEqualTo(expected.size());
        for (int record = 0; record < 2; record++) {
          expected.add(claim == null ? null : origin(claim));
        }
      }
    }
  }

  /** Two writer ids, one of which changes hands, and appends without any. */
  private void appendByAll() throws InterruptedException {
    acquire("a", "a1-" + expected.size());
    acquire("b", "b1-" + expected.size());
    append(null, 2);
    append("a", 3);
    append("b", 1);
    append("a", 1);
    append(null, 1);
    acquire("a", "a2-" + expected.size());
    append("a", 2);
    append("b", 2);
  }

  private void compact() throws InterruptedException {
    log.compact(0, NOW);
  }

  private Head head() {
    return log.partition(0).cell().read().join().state();
  }

  /** Of every offset from there on; the offsets must be all there. */
  private List<@Nullable Origin> read(ReaderOptions options, long from) throws Exception {
    try (RaftlessLog fresh = RaftlessLog.open(store, ID)) {
      return read(fresh, options, from, expected.size());
    }
  }

  private static List<@Nullable Origin> read(
      RaftlessLog log, ReaderOptions options, long from, long to) throws Exception {
    List<@Nullable Origin> origins = new ArrayList<>();
    try (LogReader reader = log.newReader(options)) {
      reader.assign(0, from);
      long next = from;
      while (next < to) {
        ReadBatch batch = reader.poll(Duration.ofSeconds(30)).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next);
        next = batch.nextOffset();
        batch.records().forEach(record -> origins.add(batch.origin()));
      }
    }
    return origins;
  }

  private void assertEveryOffsetHasItsOrigin(long from) throws Exception {
    for (int start = (int) from; start < expected.size(); start++) {
      assertThat(read(ORIGINS, start))
          .as("from offset %s on", start)
          .isEqualTo(expected.subList(start, expected.size()));
    }
    assertThat(log.verify(VerifyOptions.full()).findings()).isEmpty();
  }

  @Test
  void ofWhatIsNotCompactedTheIndexKnowsIt() throws Exception {
    appendByAll();
    assertThat(head().wal().levels()).isNotEmpty();
    assertEveryOffsetHasItsOrigin(0);
  }

  @Test
  void ofWhatIsCompactedTheListOfSourcesKnowsItAndABlockIsCutWhereItChanges() throws Exception {
    appendByAll();
    compact();
    assertThat(head().segments().entries()).hasSize(1);
    assertEveryOffsetHasItsOrigin(0);
    append("b", 1);
    assertEveryOffsetHasItsOrigin(0);
  }

  @Test
  void itStaysWhenSegmentsAreMerged() throws Exception {
    appendByAll();
    compact();
    appendByAll();
    compact();
    assertThat(head().segments().entries()).hasSize(1);
    assertEveryOffsetHasItsOrigin(0);
    append("b", 1);
    compact();
    appendByAll();
    append("a", 30);
    compact();
    assertThat(head().segments().entries()).hasSize(1);
    assertEveryOffsetHasItsOrigin(0);
  }

  @Test
  void itIsTheSameInManySmallSegments() throws Exception {
    CompactionOptions two =
        new CompactionOptions(
            1 << 20,
            new SegmentSettings(1 << 10, Compression.NONE, 3),
            1,
            1,
            Duration.ZERO,
            true,
            2,
            8);
    appendByAll();
    appendByAll();
    log.compact(0, two);
    assertThat(log.status(0).join().nextOffset()).isEqualTo(expected.size());
    assertEveryOffsetHasItsOrigin(0);
  }

  /** Offset 5 is in the middle of a batch. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itStaysWhenPartIsTrimmed(boolean isCompactedBefore) throws Exception {
    appendByAll();
    if (isCompactedBefore) {
      compact();
    }
    log.trim(0, 5).join();
    assertEveryOffsetHasItsOrigin(5);
    appendByAll();
    compact();
    assertEveryOffsetHasItsOrigin(5);
  }

  @Test
  void listsOfWhatIsTrimmedKeepIt() throws Exception {
    appendByAll();
    log.trimToLatest(0).join();
    compact();
    appendByAll();
    log.trimToLatest(0).join();
    compact();
    List<@Nullable Origin> origins = new ArrayList<>();
    for (Segment segment : head().segments().entries()) {
      assertThat(segment.label()).as("its data").isNull();
      ProvenanceList list = log.partition(0).index().sources(0, segment).join();
      for (int i = 0; i < list.size(); i++) {
        for (int record = 0; record < list.count(i); record++) {
          origins.add(list.origin(i));
        }
      }
    }
    assertThat(origins).isEqualTo(expected);
  }

  @Test
  void itIsKnownAfterTheWriterIdWasForgotten() throws Exception {
    acquire("a", "holder");
    append("a", 2);
    log.release(List.of(claim("a")), Forgetting.NOTHING_OF_USE).join();
    assertThat(head().writers()).isEmpty();
    assertEveryOffsetHasItsOrigin(0);
    compact();
    assertEveryOffsetHasItsOrigin(0);
  }

  @Test
  void aStagedBatchHasTheEpochThatCommittedItAndKeepsItWhenItIsCommittedAgain() throws Exception {
    acquire("sink", "first");
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("x"));
      List<StagedBatch> staged = stager.stage().join().get(0);
      acquire("sink", "second");
      WriterClaim second = claim("sink");
      assertThat(log.commit(0, staged, second, null).join().alreadyCommitted()).isZero();
      acquire("sink", "third");
      assertThat(log.commit(0, staged, claim("sink"), null).join().alreadyCommitted()).isEqualTo(1);
      assertThat(log.commit(0, staged, null, null).join().alreadyCommitted()).isEqualTo(1);
      expected.add(origin(second));
    }
    assertEveryOffsetHasItsOrigin(0);
  }

  /** As a head was before there were origins. */
  private static String withoutOrigins(String head) {
    return head.replaceAll(",\"epoch\":\\d+}", "}")
        .replaceAll(",\"origins\":\\{.*?\\]}", "")
        .replaceFirst("\"format\":2", "\"format\":1");
  }

  private void change(String key, UnaryOperator<String> change) {
    GetOutcome.Found found = (GetOutcome.Found) memory.get(key).join();
    String body = StandardCharsets.UTF_8.decode(found.body().duplicate()).toString();
    ByteBuffer changed = ByteBuffer.wrap(change.apply(body).getBytes(StandardCharsets.UTF_8));
    assertThat(memory.putIfMatch(key, found.etag(), changed).join())
        .isInstanceOf(PutOutcome.Stored.class);
  }

  @Test
  void ofWhatWasAppendedBeforeThereWereOriginsNoneIsKnown() throws Exception {
    acquire("a", "holder");
    append("a", 2);
    String key = keys().head(0);
    change(key, OriginsTest::withoutOrigins);
    log.close();
    log = RaftlessLog.open(store, ID, SMALL);
    expected.replaceAll(known -> null);
    assertThat(head().format()).isEqualTo(1);
    append("a", 1);
    assertThat(head().format()).isEqualTo(2);
    assertEveryOffsetHasItsOrigin(0);
    compact();
    assertEveryOffsetHasItsOrigin(0);
  }

  private LogKeys keys() {
    return new LogKeys(ID.root(), log.incarnation());
  }

  @Test
  void withoutWriterIdsEverythingIsWrittenAsBefore() throws Exception {
    append(null, 20);
    append(null, 1);
    assertThat(head().format()).isEqualTo(1);
    compact();
    append(null, 1);
    String prefix = ID.root();
    for (var object : memory.list(prefix, null).join().objects()) {
      if (object.key().contains("/node/") || object.key().endsWith("/head")) {
        ByteBuffer body = ((GetOutcome.Found) memory.get(object.key()).join()).body();
        boolean isList = body.get(body.position()) == 'R';
        if (isList) {
          assertThat(body.get(body.position() + 4)).isEqualTo((byte) 1);
        } else {
          assertThat(StandardCharsets.UTF_8.decode(body.duplicate()).toString())
              .contains("\"format\":1,")
              .doesNotContain("epoch", "origin");
        }
      }
    }
  }

  private RequestCounts countOf(ReaderOptions options, List<@Nullable Origin> origins)
      throws Exception {
    try (RaftlessLog fresh = RaftlessLog.open(store, ID)) {
      RequestCounts before = store.counts();
      origins.addAll(read(fresh, options, 0, expected.size()));
      return store.counts().since(before);
    }
  }

  /**
   * A head, two segments of one block each, and what is side by side in none of the WAL objects.
   */
  @Test
  void theyCostAGetForEachSegmentAndNothingUnlessTheyAreAskedFor() throws Exception {
    CompactionOptions perSegment =
        new CompactionOptions(1 << 20, SegmentSettings.DEFAULT, 1, 1, Duration.ZERO, true, 11, 8);
    appendByAll();
    append("a", 10);
    log.compact(0, perSegment);
    assertThat(head().segments().entries()).hasSize(2);
    append("b", 1);
    List<@Nullable Origin> none = new ArrayList<>();
    RequestCounts without = countOf(ReaderOptions.defaults(), none);
    assertThat(none).hasSize(expected.size()).containsOnlyNulls();
    // Two footers, two blocks, one batch of the WAL.
    assertThat(without.gets() - without.conditionalGets()).isLessThanOrEqualTo(6);
    List<@Nullable Origin> all = new ArrayList<>();
    RequestCounts with = countOf(ORIGINS, all);
    assertThat(all).isEqualTo(expected);
    assertThat(with.gets() - without.gets()).isEqualTo(2);
    assertThat(with.puts()).isZero();
  }

  @Test
  void aListThatIsMissingIsAnErrorThatNamesItAndOnlyForWhoAsksForOrigins() throws Exception {
    appendByAll();
    compact();
    String key = keys().provenance(0, head().segments().entries().get(0).provenance());
    memory.delete(key).join();
    assertThat(read(ReaderOptions.defaults(), 0)).hasSize(expected.size());
    assertThatThrownBy(() -> read(ORIGINS, 0))
        .isInstanceOfSatisfying(
            RaftlessException.Corrupted.class,
            corrupted -> assertThat(corrupted.getMessage()).contains(key));
  }

  /** Holds what is read of one object until something has happened. */
  private static final class HeldReads extends ForwardingObjectStore {
    private final AtomicReference<@Nullable String> heldKey = new AtomicReference<>();
    private final CompletableFuture<Void> isAsked = new CompletableFuture<>();
    private final CompletableFuture<Void> gate = new CompletableFuture<>();

    HeldReads(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<GetOutcome> get(String key) {
      if (!key.equals(heldKey.get())) {
        return super.get(key);
      }
      isAsked.complete(null);
      return gate.thenCompose(go -> super.get(key));
    }
  }

  @Test
  void aListThatIsGoneBecauseItsSegmentWasMergedIsLookedForInTheNewHead() throws Exception {
    appendByAll();
    compact();
    String key = keys().provenance(0, head().segments().entries().get(0).provenance());
    HeldReads held = new HeldReads(memory);
    try (RaftlessLog reading = RaftlessLog.open(held, ID);
        LogReader reader = reading.newReader(ORIGINS)) {
      held.heldKey.set(key);
      reader.assign(0, 0);
      held.isAsked.join();
      appendByAll();
      compact();
      assertThat(head().segments().entries()).hasSize(1);
      memory.delete(key).join();
      held.gate.complete(null);
      List<@Nullable Origin> origins = new ArrayList<>();
      while (origins.size() < expected.size()) {
        ReadBatch batch = reader.poll(Duration.ofSeconds(30)).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(origins.size());
        batch.records().forEach(record -> origins.add(batch.origin()));
      }
      assertThat(origins).isEqualTo(expected);
    }
  }

  @Test
  void aTinyMemoryBudgetIsEnoughForBatchesThatAreCut() throws Exception {
    for (int i = 0; i < 20; i++) {
      acquire("a", "holder " + i);
      append("a", 1);
      append(null, 1);
    }
    compact();
    ReaderOptions tight =
        new ReaderOptions(1, 1, 20, ReaderOptions.OnTrimmed.FAIL).withOrigins(true);
    assertThat(read(tight, 0)).isEqualTo(expected);
  }
}
