package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.ProvenanceList;
import io.raftless.head.Compact;
import io.raftless.head.Head;
import io.raftless.head.LogKeys;
import io.raftless.head.LogState;
import io.raftless.head.TakeState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import io.raftless.index.IndexShape;
import io.raftless.index.Segment;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.ObjectKind;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VacuumReport;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Design §7, end to end: what goes, what stays, and who wakes up too late. */
@Timeout(120)
class VacuumTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final Duration WEEK = Duration.ofDays(7);
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofSeconds(20), new IndexShape(4, 3, 4));

  private final MovableClock clock = new MovableClock();
  private final ObjectStore store = new MemoryObjectStore(clock);
  private final List<RaftlessLog> processes = new ArrayList<>();
  private RaftlessLog log = remembered(RaftlessLog.create(store, ID, 1, OPTIONS, runtime(clock)));

  @AfterEach
  void close() {
    processes.forEach(RaftlessLog::close);
    store.close();
  }

  static LogRuntime runtime(Clock clock) {
    return new LogRuntime(
        clock,
        new Random(),
        Executors.newSingleThreadScheduledExecutor(VacuumTest::daemon),
        Executors.newFixedThreadPool(2, VacuumTest::daemon));
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }

  private RaftlessLog process(ObjectStore itsStore) {
    return remembered(RaftlessLog.open(itsStore, ID, OPTIONS, runtime(clock)));
  }

  private RaftlessLog remembered(RaftlessLog opened) {
    processes.add(opened);
    return opened;
  }

  private void append(RaftlessLog to, int partition, int from, int count) throws Exception {
    try (LogWriter writer =
        to.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      for (int i = from; i < from + count; i++) {
        writer.append(partition, record("r" + i)).join();
      }
    }
  }

  private static List<String> records(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "r" + i).toList();
  }

  private static List<StagedBatch> staged(RaftlessLog by, String text) throws Exception {
    try (Stager stager = by.newStager(StagerOptions.defaults())) {
      stager.add(0, record(text));
      return stager.stage().join().get(0);
    }
  }

  private VacuumReport vacuum(Duration retention) {
    VacuumReport report =
        log.vacuum(VacuumOptions.defaults().withRetention(retention), key -> {}).join();
    Accounting accounting = new Accounting(store, ID).everythingNeededExists();
    accounting.nothingElseIsOlderThan(report.bound());
    return report;
  }

  private Head head(int partition) {
    return log.partition(partition).readHead().join().orElseThrow();
  }

  private boolean exists(String key) {
    return store.get(key).join() instanceof GetOutcome.Found;
  }

  private void put(String key, String body) {
    assertThat(store.putIfAbsent(key, bytes(body)).join()).isInstanceOf(PutOutcome.Stored.class);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Changes {@code log.json} as an administrator's tool would. */
  private void editDescriptor(String from, String to) {
    String key = LogKeys.descriptor(ID.root());
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    String text = StandardCharsets.UTF_8.decode(found.body()).toString();
    long version = Long.parseLong(text.replaceAll(".*\"version\":(\\d+).*", "$1"));
    String next =
        text.replace(from, to).replace("\"version\":" + version, "\"version\":" + (version + 1));
    assertThat(next).as("%s has %s", text, from).contains(to);
    assertThat(store.putIfMatch(key, found.etag(), bytes(next)).join())
        .isInstanceOf(PutOutcome.Stored.class);
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    try {
      throw new AssertionError("no failure but " + future.join());
    } catch (CompletionException e) {
      return Objects.requireNonNull(e.getCause());
    }
  }

  @Test
  void whatIsTrimmedAndOldGoesAndTheRestStays() throws Exception {
    append(log, 0, 0, 40);
    clock.move(Duration.ofDays(8));
    append(log, 0, 40, 10);
    log.trim(0, 30).join();

    VacuumReport report = vacuum(WEEK);

    assertThat(report.clocks()).isEqualTo(VacuumReport.Clocks.AGREE);
    assertThat(report.forgotten()).isEqualTo(30);
    assertThat(report.deleted(ObjectKind.WAL).objects()).isEqualTo(30);
    assertThat(report.deleted(ObjectKind.NODE).objects()).isPositive();
    assertThat(report.keptNeeded(ObjectKind.WAL).objects()).isEqualTo(10);
    assertThat(report.keptYoung(ObjectKind.WAL).objects()).isEqualTo(10);
    assertThat(report.horizonBefore()).isEqualTo(Label.ZERO);
    assertThat(report.bound()).isEqualTo(Label.lowest(clock.instant().minus(WEEK)));
    assertThat(head(0).indexStart()).isEqualTo(30);
    assertThat(texts(log, 0, 30)).isEqualTo(records(30, 50));
    assertThat(vacuum(WEEK).totalDeleted()).isEqualTo(VacuumReport.Tally.NONE);
  }

  @Test
  void whatIsNeededStaysAtAnyAge() throws Exception {
    append(log, 0, 0, 60);
    clock.move(Duration.ofDays(4_000));
    vacuum(WEEK);
    assertThat(texts(log, 0, 0)).isEqualTo(records(0, 60));
  }

  @Test
  void aWalObjectThatOnePartitionOfSeveralNeedsStays() throws Exception {
    editDescriptor("\"partitions\":1", "\"partitions\":2");
    RaftlessLog both = process(store);
    try (LogWriter writer =
        both.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(60_000))) {
      CompletableFuture<Long> first = writer.append(0, record("zero"));
      CompletableFuture<Long> second = writer.append(1, record("one"));
      writer.flush().join();
      assertThat(List.of(first.join(), second.join())).containsExactly(0L, 0L);
    }
    clock.move(Duration.ofDays(8));
    both.trimToLatest(0).join();
    vacuum(WEEK);
    assertThat(texts(both, 1, 0)).containsExactly("one");
    both.trimToLatest(1).join();
    assertThat(vacuum(WEEK).deleted(ObjectKind.WAL).objects()).isEqualTo(1);
  }

  @Test
  void aProducerStalledPastVacuum() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog producer = process(gated);
    append(producer, 0, 0, 3);
    try (LogWriter writer =
        producer.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      gated.hold("/0/head");
      CompletableFuture<Long> stalled = writer.append(0, record("stalled"));
      gated.await(1);
      clock.move(Duration.ofDays(8));
      assertThat(vacuum(WEEK).deleted(ObjectKind.WAL).objects()).isEqualTo(1);
      gated.open();
      assertThat(failureOf(stalled)).isInstanceOf(RaftlessException.UnknownOutcome.class);
    }
    new Accounting(store, ID).everythingNeededExists();
    assertThat(texts(log, 0, 0)).isEqualTo(records(0, 3));
    append(producer, 0, 3, 1);
  }

  @Test
  void aProducerStalledPastVacuumBeforeItsFirstAttemptHearsThatItFailed() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog producer = process(gated);
    try (LogWriter writer =
        producer.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      gated.hold();
      CompletableFuture<Long> stalled = writer.append(0, record("stalled"));
      gated.await(1);
      clock.move(Duration.ofDays(8));
      vacuum(WEEK);
      gated.open();
      assertThat(failureOf(stalled))
          .isInstanceOf(RaftlessException.Failed.class)
          .hasMessageContaining("never appended")
          .hasMessageContaining("append the records again");
      writer.goOn(0);
      assertThat(writer.append(0, record("again")).join()).isZero();
    }
    assertThat(texts(log, 0, 0)).containsExactly("again");
    vacuum(WEEK);
  }

  @Test
  void aCommitterStalledPastVacuum() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog committer = process(gated);
    append(committer, 0, 0, 3);
    List<StagedBatch> staged = staged(committer, "staged");
    Label label = staged.get(0).batch().label();
    gated.hold("/0/head");
    CompletableFuture<CommitResult> stalled = committer.commit(0, staged, null, null);
    gated.await(1);
    clock.move(Duration.ofDays(8));
    vacuum(WEEK);
    assertThat(exists(new LogKeys(ID.root(), log.incarnation()).wal(label))).isFalse();
    gated.open();
    for (CompletableFuture<CommitResult> commit :
        List.of(stalled, process(store).commit(0, staged, null, null))) {
      assertThat(failureOf(commit))
          .isInstanceOf(RaftlessException.StagedBatchExpired.class)
          .hasMessageContaining(label.toString())
          .hasMessageContaining("Restore a younger checkpoint");
    }
    assertThat(texts(log, 0, 0)).isEqualTo(records(0, 3));
  }

  /** A plan that makes one segment of all that is in level 0. */
  private Compact compact(RaftlessLog by, Head head, boolean hasData) {
    List<Entry> entries = head.wal().entries();
    Chain chain = head.cursorChain();
    ProvenanceList.Builder sources =
        ProvenanceList.builder(head.incarnation().value(), 0, head.compactionCursor());
    for (Entry entry : entries) {
      sources.add(entry.label().value(), entry.count(), (int) entry.crc());
      chain = entry.chainAfter(0, chain);
    }
    Label provenance = labelNow();
    Label data = labelNow();
    LogKeys keys = new LogKeys(ID.root(), by.incarnation());
    assertThat(store.putIfAbsent(keys.provenance(0, provenance), sources.build().encode()).join())
        .isInstanceOf(PutOutcome.Stored.class);
    if (hasData) {
      put(keys.segment(0, data), "not read here");
    }
    Segment segment =
        new Segment(
            head.nextOffset(),
            entries.size(),
            hasData ? head.compactionCursor() : head.nextOffset(),
            hasData ? data : null,
            hasData ? 13 : 0,
            hasData ? 5 : 0,
            provenance,
            entries.size(),
            1_000,
            entries.get(0).label(),
            entries.get(entries.size() - 1).label(),
            chain);
    return new Compact(
        keys,
        runtime(clock).labels(),
        OPTIONS.indexShape(),
        by.partition(0).index(),
        new Compact.Plan(head.compactionCursor(), head.cursorChain(), List.of(), List.of(segment)));
  }

  private Label labelNow() {
    return labelAt(clock.instant());
  }

  private static Label labelAt(Instant time) {
    UUID lowest = Label.lowest(time).value();
    long random = new Random().nextLong() >>> 4;
    return new Label(
        new UUID(lowest.getMostSignificantBits(), lowest.getLeastSignificantBits() | random));
  }

  @Test
  void aCompactorStalledPastVacuum() throws Exception {
    append(log, 0, 0, 4);
    RaftlessLog compactor = process(store);
    Compact stalled = compact(compactor, head(0), true);
    clock.move(Duration.ofDays(8));
    VacuumReport report = vacuum(WEEK);
    assertThat(report.deleted()).containsOnlyKeys(ObjectKind.SEGMENT, ObjectKind.NODE);
    assertThat(compactor.partition(0).update(stalled).join())
        .isInstanceOf(Compact.Outcome.Expired.class);
    assertThat(texts(log, 0, 0)).isEqualTo(records(0, 4));

    Compact fresh = compact(compactor, head(0), true);
    assertThat(compactor.partition(0).update(fresh).join())
        .isInstanceOf(Compact.Outcome.Installed.class);
    clock.move(Duration.ofDays(8));
    report = vacuum(WEEK);
    assertThat(report.deleted()).containsOnlyKeys(ObjectKind.WAL);
    assertThat(report.keptNeeded()).containsOnlyKeys(ObjectKind.SEGMENT, ObjectKind.NODE);
  }

  @Test
  void aBatchCommittedTrimmedAndRestoredWithinMinutes() throws Exception {
    List<StagedBatch> first = staged(log, "first");
    List<StagedBatch> second = staged(log, "second");
    log.commit(0, first, null, null).join();
    log.commit(0, second, null, null).join();
    log.trimToLatest(0).join();
    clock.move(Duration.ofMinutes(5));
    vacuum(WEEK);
    assertThat(log.commit(0, first, null, null).join().alreadyCommitted()).isEqualTo(1);

    Compact dataLess = compact(log, head(0), false);
    assertThat(log.partition(0).update(dataLess).join())
        .isInstanceOf(Compact.Outcome.Installed.class);
    clock.move(Duration.ofMinutes(5));
    vacuum(WEEK);
    RaftlessLog restored = process(store);
    assertThat(restored.commit(0, second, null, null).join())
        .isEqualTo(new CommitResult(List.of(1L), 1));

    clock.move(Duration.ofDays(8));
    assertThat(vacuum(WEEK).forgotten()).isEqualTo(2);
    assertThat(failureOf(process(store).commit(0, second, null, null)))
        .isInstanceOf(RaftlessException.StagedBatchExpired.class);
  }

  @Test
  void aSlowerVacuumDoesNotSetTheHorizonBack() throws Exception {
    append(log, 0, 0, 3);
    List<StagedBatch> staged = staged(log, "staged");
    for (String heldAt : List.of("/0/head", "log.json")) {
      clock.move(Duration.ofDays(13));
      GatedStore gated = new GatedStore(store);
      RaftlessLog slow = process(gated);
      gated.hold(heldAt);
      CompletableFuture<VacuumReport> slower =
          slow.vacuum(
              VacuumOptions.defaults().withRetention(WEEK.plus(Duration.ofDays(3))), key -> {});
      gated.await(1);
      clock.move(Duration.ofDays(1));
      VacuumReport faster = vacuum(WEEK);
      gated.open();
      assertThat(slower.join().bound()).isLessThanOrEqualTo(faster.bound());
      assertThat(head(0).horizon()).isEqualTo(faster.bound());
      assertThat(log.vacuum(VacuumOptions.defaults().asDryRun(), key -> {}).join().horizonBefore())
          .isEqualTo(faster.bound());
    }
    assertThat(failureOf(log.commit(0, staged, null, null)))
        .isInstanceOf(RaftlessException.StagedBatchExpired.class);
    new Accounting(store, ID).everythingNeededExists();
  }

  @Test
  void aVacuumWhileAPartitionIsAdded() throws Exception {
    append(log, 0, 0, 3);
    clock.move(Duration.ofDays(20));
    // Before the horizon moves: the head that nobody created yet is created with it.
    editDescriptor("\"partitions\":1", "\"partitions\":2");
    Label week = vacuum(WEEK).bound();
    RaftlessLog two = process(store);
    assertThat(two.partition(1).readHead().join().orElseThrow().horizon()).isEqualTo(week);

    // After it: whoever creates the head takes it from log.json.
    clock.move(Duration.ofDays(1));
    GatedStore gated = new GatedStore(store);
    RaftlessLog slow = process(gated);
    gated.hold("/0/head");
    CompletableFuture<VacuumReport> vacuum = slow.vacuum(VacuumOptions.defaults(), key -> {});
    gated.await(1);
    editDescriptor("\"partitions\":2", "\"partitions\":3");
    RaftlessLog three = process(store);
    StagedBatch old = dummy(three, 2, clock.instant().minus(Duration.ofDays(8)));
    assertThat(failureOf(three.commit(2, List.of(old), null, null)))
        .isInstanceOf(RaftlessException.StagedBatchExpired.class);
    gated.open();
    assertThat(three.partition(2).readHead().join().orElseThrow().horizon())
        .isEqualTo(vacuum.join().bound());
  }

  /** Staged at a time, with an object that has no records in it. */
  private StagedBatch dummy(RaftlessLog by, int partition, Instant time) {
    Label label = labelAt(time);
    put(new LogKeys(ID.root(), by.incarnation()).wal(label), "no records");
    return new StagedBatch(by.incarnation(), partition, new BatchRef(label, 0, 10, 1, 1_000, 7));
  }

  /**
   * The bound is not the smallest horizon of the heads alone: a faster vacuum may have brought them
   * all further than the partition that was added since.
   */
  @Test
  void aVacuumWhoseHeadsAFasterOneBroughtFurtherWhileAPartitionWasAdded() {
    clock.move(Duration.ofDays(20));
    Instant now = clock.instant();
    GatedStore slowStore = new GatedStore(store);
    RaftlessLog slow = process(slowStore);
    slowStore.hold("/0/head");
    CompletableFuture<VacuumReport> slower =
        slow.vacuum(VacuumOptions.defaults().withRetention(WEEK), key -> {});
    slowStore.await(1);
    // log.json has the horizon of a week, and names partition 0.
    editDescriptor("\"partitions\":1", "\"partitions\":2");
    RaftlessLog two = process(store);
    StagedBatch staged = dummy(two, 1, now.minus(Duration.ofDays(3)));

    GatedStore fastStore = new GatedStore(store);
    RaftlessLog fast = process(fastStore);
    two.trim(1, 0).join();
    fastStore.hold("/1/head");
    CompletableFuture<VacuumReport> faster =
        fast.vacuum(VacuumOptions.defaults().withRetention(Duration.ofDays(1)), key -> {});
    fastStore.await(1);
    Label day = Label.lowest(now.minus(Duration.ofDays(1)));
    Await.until("head 0 has the horizon of a day", () -> head(0).horizon().equals(day));
    assertThat(two.commit(1, List.of(staged), null, null).join().baseOffsets()).containsExactly(0L);

    slowStore.open();
    VacuumReport done = slower.join();
    new Accounting(store, ID).everythingNeededExists();
    assertThat(done.bound()).isEqualTo(Label.lowest(now.minus(WEEK)));
    fastStore.open();
    assertThat(faster.join().bound()).isEqualTo(day);
    new Accounting(store, ID).everythingNeededExists();
  }

  private void markDeleted(RaftlessLog of, boolean withHeads) {
    editDescriptor(
        "\"status\":\"OPEN\",\"generation\":0", "\"status\":\"DELETED\",\"generation\":1");
    if (withHeads) {
      of.partition(0).update(new TakeState(deletedState())).join();
    }
  }

  private static LogState deletedState() {
    return new LogState(LogState.Status.DELETED, 1, null);
  }

  private void recreate(Incarnation from, Incarnation to) {
    editDescriptor(
        "\"status\":\"DELETED\",\"generation\":1", "\"status\":\"OPEN\",\"generation\":0");
    editDescriptor(from.toString(), to.toString());
  }

  @Test
  void aDeletedLogLosesEverythingButItsHeadsAtAnyAge() throws Exception {
    append(log, 0, 0, 20);
    String cursor = ID.root() + log.incarnation() + "/cursors/group/0";
    put(cursor, "{}");
    requireKept(cursor);
    markDeleted(log, false);
    VacuumReport report =
        RaftlessLog.vacuum(store, ID, VacuumOptions.defaults(), key -> {}, runtime(clock));
    assertThat(report.deleted())
        .containsOnlyKeys(ObjectKind.WAL, ObjectKind.NODE, ObjectKind.CURSOR);
    LogKeys keys = new LogKeys(ID.root(), log.incarnation());
    assertThat(Accounting.keys(store, ID.root()))
        .containsExactlyInAnyOrder(LogKeys.descriptor(ID.root()), keys.head(0));
    // The deletion had stopped before the head: vacuum completed it first.
    assertThat(head(0).state()).isEqualTo(deletedState());
  }

  @Test
  void aVacuumWhoseNodesAreCompactedAndDeletedUnderItsHandsLooksAgain() throws Exception {
    append(log, 0, 0, 20);
    clock.move(WEEK.multipliedBy(2));
    AtomicReference<@Nullable String> gone = new AtomicReference<>();
    ObjectStore overtaken =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> get(String key) {
            if (key.contains("/node/") && gone.compareAndSet(null, key)) {
              // Just before the node is read, others compact what it holds and delete it.
              compactAll();
              store.delete(key).join();
            }
            return super.get(key);
          }
        };
    process(overtaken).vacuum(VacuumOptions.defaults(), key -> {}).join();
    assertThat(gone.get()).isNotNull();
    new Accounting(store, ID).everythingNeededExists();
    assertThat(texts(log, 0, 0)).isEqualTo(records(0, 20));
  }

  private void compactAll() {
    try {
      log.compact(0, CompactionOptions.defaults().forced());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCommitToALogThatWasDeletedAndVacuumedHearsOfIt() throws Exception {
    List<StagedBatch> staged = staged(log, "x");
    append(log, 0, 0, 20);
    log.commit(0, staged, null, null).join();
    append(log, 0, 20, 20);
    RaftlessLog restored = process(store);
    log.delete("over").join();
    RaftlessLog.vacuum(store, ID, VacuumOptions.defaults(), key -> {}, runtime(clock));
    assertThatThrownBy(() -> restored.commit(0, staged, null, null).join())
        .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
  }

  /** The cursors of a log that exists stay. */
  private void requireKept(String cursor) {
    VacuumReport report =
        log.vacuum(VacuumOptions.defaults().withRetention(Duration.ZERO), key -> {}).join();
    assertThat(report.keptOther(ObjectKind.CURSOR).objects()).isEqualTo(1);
    assertThat(exists(cursor)).isTrue();
  }

  @Test
  void anIncarnationWhoseHeadsAreNotAllDeletedIsLeftAloneAndReported() throws Exception {
    append(log, 0, 0, 5);
    Incarnation old = log.incarnation();
    markDeleted(log, false);
    recreate(old, new Incarnation(labelNow().value()));
    List<String> before = Accounting.keys(store, ID.root() + old);
    VacuumReport report =
        RaftlessLog.vacuum(store, ID, VacuumOptions.defaults(), key -> {}, runtime(clock));
    assertThat(report.suspicious()).hasSize(1).first().asString().contains("is OPEN");
    assertThat(Accounting.keys(store, ID.root() + old)).isEqualTo(before);
  }

  @Test
  void aLogDeletedAndRecreatedUnderAVacuum() throws Exception {
    append(log, 0, 0, 10);
    Incarnation old = log.incarnation();
    Incarnation recreated = new Incarnation(labelNow().value());
    LogKeys newKeys = new LogKeys(ID.root(), recreated);
    Label uploaded = labelNow();
    clock.move(Duration.ofDays(8));
    ObjectStore busy =
        new ForwardingObjectStore(store) {
          private boolean isDone;

          @Override
          public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
            if (!isDone) {
              isDone = true;
              markDeleted(log, true);
              recreate(old, recreated);
              // No head yet, and no append: only an object that a writer will append.
              put(newKeys.wal(uploaded), "uploaded");
            }
            return super.list(prefix, continuation);
          }
        };
    VacuumReport report =
        RaftlessLog.vacuum(busy, ID, VacuumOptions.defaults(), key -> {}, runtime(clock));
    assertThat(exists(newKeys.wal(uploaded))).isTrue();
    assertThat(report.suspicious()).as("young, not strange").isEmpty();

    VacuumReport next =
        RaftlessLog.vacuum(store, ID, VacuumOptions.defaults(), key -> {}, runtime(clock));
    assertThat(next.suspicious()).isEmpty();
    assertThat(Accounting.keys(store, ID.root() + old))
        .containsExactly(new LogKeys(ID.root(), old).head(0));
  }

  @Test
  void clocksThatAreApartStopTheHorizon() throws Exception {
    append(log, 0, 0, 10);
    log.trimToLatest(0).join();
    MovableClock ahead = new MovableClock();
    ahead.move(Duration.ofMinutes(5).plusMillis(1));
    RaftlessLog wrong = remembered(RaftlessLog.open(store, ID, OPTIONS, runtime(ahead)));
    VacuumReport report =
        wrong.vacuum(VacuumOptions.defaults().withRetention(Duration.ZERO), key -> {}).join();
    assertThat(report.clocks()).isEqualTo(VacuumReport.Clocks.APART);
    assertThat(report.horizonAfter()).isEqualTo(Label.ZERO);
    assertThat(report.totalDeleted()).isEqualTo(VacuumReport.Tally.NONE);
    assertThat(head(0).horizon()).isEqualTo(Label.ZERO);
  }

  @Test
  void aStoreThatDoesNotSayWhatTimeItIsStopsTheHorizon() throws Exception {
    append(log, 0, 0, 10);
    log.trimToLatest(0).join();
    clock.move(Duration.ofDays(30));
    ObjectStore silent =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> get(String key) {
            return super.get(key)
                .thenApply(
                    outcome ->
                        outcome instanceof GetOutcome.Found found
                            ? new GetOutcome.Found(found.etag(), found.body(), null)
                            : outcome);
          }
        };
    VacuumReport report = process(silent).vacuum(VacuumOptions.defaults(), key -> {}).join();
    assertThat(report.clocks()).isEqualTo(VacuumReport.Clocks.STORE_SILENT);
    assertThat(report.totalDeleted()).isEqualTo(VacuumReport.Tally.NONE);
    assertThat(head(0).horizon()).isEqualTo(Label.ZERO);
  }

  @Test
  void aDryRunChangesNothingAndListsExactlyWhatTheRunDeletes() throws Exception {
    append(log, 0, 0, 70);
    List<StagedBatch> abandoned = staged(log, "abandoned");
    clock.move(Duration.ofDays(8));
    append(log, 0, 70, 20);
    log.trim(0, 33).join();
    Head before = head(0);
    List<String> keysBefore = Accounting.keys(store, "");

    List<String> wouldGo = new ArrayList<>();
    VacuumReport dry = log.vacuum(VacuumOptions.defaults().asDryRun(), wouldGo::add).join();
    assertThat(Accounting.keys(store, "")).isEqualTo(keysBefore);
    assertThat(head(0)).isEqualTo(before);

    List<String> went = new ArrayList<>();
    VacuumReport real = log.vacuum(VacuumOptions.defaults(), went::add).join();
    assertThat(went).containsExactlyInAnyOrderElementsOf(wouldGo);
    assertThat(went)
        .contains(new LogKeys(ID.root(), log.incarnation()).wal(abandoned.get(0).batch().label()));
    assertThat(keysBefore).containsAll(went);
    assertThat(Accounting.keys(store, "")).doesNotContainAnyElementsOf(went);
    assertThat(real.deleted()).isEqualTo(dry.deleted());
    assertThat(real.keptNeeded()).isEqualTo(dry.keptNeeded());
    assertThat(real.bound()).isEqualTo(dry.bound());
    assertThat(real.forgotten()).isEqualTo(dry.forgotten()).isEqualTo(33);
  }

  @Test
  void whatIsNotOursIsNeverDeletedAndReported() throws Exception {
    append(log, 0, 0, 2);
    String root = ID.root() + log.incarnation();
    List<String> foreign =
        List.of(
            ID.root() + "notes.txt",
            ID.root() + "other/log.json",
            root + "/wal/zz/" + labelNow(),
            root + "/wal/" + labelNow(),
            root + "/0/node/" + UUID.randomUUID(),
            root + "/0/other/" + labelNow());
    foreign.forEach(key -> put(key, "x"));
    clock.move(Duration.ofDays(30));
    VacuumReport report = log.vacuum(VacuumOptions.defaults(), key -> {}).join();
    assertThat(report.sampleUnknown()).containsExactlyInAnyOrderElementsOf(foreign);
    assertThat(Accounting.keys(store, ID.root())).containsAll(foreign);
  }

  @Test
  void deletesThatFailAreReportedAndDoneByTheNextVacuum() throws Exception {
    append(log, 0, 0, 10);
    log.trimToLatest(0).join();
    clock.move(Duration.ofDays(30));
    AtomicInteger deletes = new AtomicInteger();
    ObjectStore failing =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<Void> delete(String key) {
            return deletes.incrementAndGet() % 2 == 0
                ? CompletableFuture.failedFuture(new IllegalStateException("denied"))
                : super.delete(key);
          }
        };
    VacuumReport report = process(failing).vacuum(VacuumOptions.defaults(), key -> {}).join();
    assertThat(report.failedDeletes()).isEqualTo(deletes.get() / 2).isPositive();
    assertThat(report.sampleFailures()).first().asString().contains("denied");
    assertThat(report.isComplete()).isTrue();
    assertThat(vacuum(WEEK).totalDeleted().objects()).isEqualTo(report.failedDeletes());
  }

  @Test
  void aVacuumThatStopsAtAnyRequestLeavesALogThatReadsAndTheNextOneCompletes() throws Exception {
    append(log, 0, 0, 30);
    clock.move(Duration.ofDays(8));
    append(log, 0, 30, 10);
    log.trim(0, 17).join();
    boolean isDone = false;
    int requests = 0;
    for (; !isDone; requests++) {
      clock.move(Duration.ofHours(1));
      isDone = vacuumStopsAfter(requests);
      new Accounting(store, ID).everythingNeededExists();
      assertThat(texts(log, 0, 17)).isEqualTo(records(17, 40));
    }
    assertThat(requests).isGreaterThan(8);
    vacuum(WEEK);
    assertThat(texts(log, 0, 17)).isEqualTo(records(17, 40));
  }

  /** Whether it came to its end before. */
  private boolean vacuumStopsAfter(int requests) {
    CrashingStore crashing = new CrashingStore(store);
    RaftlessLog process = process(crashing);
    crashing.crashAfter(requests);
    try {
      VacuumReport report = process.vacuum(new VacuumOptions(WEEK, false, 1), key -> {}).join();
      return report.failedDeletes() == 0;
    } catch (CompletionException crashed) {
      return false;
    } finally {
      process.close();
    }
  }

  @Test
  void aNodeThatIsGoneIsDamageAndNothingIsDeleted() throws Exception {
    append(log, 0, 0, 30);
    Label node = head(0).wal().levels().get(0).get(0).node();
    store.delete(new LogKeys(ID.root(), log.incarnation()).node(0, node)).join();
    StagedBatch abandoned = dummy(log, 0, clock.instant());
    clock.move(Duration.ofDays(8));
    List<String> went = new ArrayList<>();
    assertThatThrownBy(() -> log.vacuum(VacuumOptions.defaults(), went::add).join())
        .hasCauseInstanceOf(RaftlessException.Corrupted.class)
        .hasMessageContaining(node.toString());
    assertThat(went).isEmpty();
    assertThat(exists(new LogKeys(ID.root(), log.incarnation()).wal(abandoned.batch().label())))
        .isTrue();
  }

  @Test
  void withoutARetentionOfItsOwnAVacuumGoesByThatOfTheLog() {
    log.changeSettings(settings -> settings.withVacuumRetention(Duration.ofDays(90))).join();
    Label expected = Label.lowest(clock.instant().minus(Duration.ofDays(90)));
    VacuumOptions unsaid = VacuumOptions.defaults();
    assertThat(log.vacuum(unsaid.asDryRun(), key -> {}).join().horizonAfter()).isEqualTo(expected);
    assertThat(log.vacuum(unsaid, key -> {}).join().horizonAfter()).isEqualTo(expected);
    clock.move(Duration.ofDays(1));
    assertThat(log.vacuum().join().horizonAfter())
        .isEqualTo(Label.lowest(clock.instant().minus(Duration.ofDays(90))));
    assertThat(vacuum(WEEK).horizonAfter())
        .as("a retention that is said counts")
        .isEqualTo(Label.lowest(clock.instant().minus(WEEK)));
  }
}
