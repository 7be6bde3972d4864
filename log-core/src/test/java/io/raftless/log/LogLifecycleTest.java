package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life of a log: created, described, grown, set otherwise, deleted, created again. */
@Timeout(60)
class LogLifecycleTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final String LOG_JSON = "log.json";

  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore());
  private final RaftlessLog log = RaftlessLog.create(store, ID, 2);
  private final LogAdmin admin = LogAdmin.of(store);

  @AfterEach
  void close() {
    log.close();
    admin.close();
  }

  @Test
  void aLogIsDeletedAndCreatedAgainAsAnotherOne() throws Exception {
    append(log, 0, "old");
    log.delete("not needed").join();
    log.delete("not needed").join();
    assertThatThrownBy(() -> RaftlessLog.open(store, ID))
        .isInstanceOf(RaftlessException.LogNotFound.class)
        .hasMessageContaining("not needed");
    try (RaftlessLog young = RaftlessLog.openOrCreate(store, ID, 1)) {
      assertThat(young.incarnation()).isNotEqualTo(log.incarnation());
      assertThat(young.partitions()).isEqualTo(1);
      append(young, 0, "new");
      assertThat(texts(young, 0, 0)).containsExactly("new");
      assertThat(admin.describe(ID).join().version()).isEqualTo(3);
      assertThatThrownBy(() -> RaftlessLog.create(store, ID, 1))
          .isInstanceOf(RaftlessException.LogExists.class);
      assertThatThrownBy(() -> admin.delete(ID, log.incarnation(), "again").join())
          .hasCauseInstanceOf(RaftlessException.OtherIncarnation.class);
      assertThat(texts(young, 0, 0)).containsExactly("new");
    }
  }

  private static long append(RaftlessLog log, int partition, String text)
      throws InterruptedException {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0))) {
      return writer.append(partition, record(text)).join();
    }
  }

  @Test
  void partitionsAreAddedUnderEverybodyWhoHasTheLogOpen() throws Exception {
    try (RaftlessLog unaware = RaftlessLog.open(store, ID);
        RaftlessLog asking = RaftlessLog.open(store, ID);
        LogReader reader = unaware.newReader(ReaderOptions.defaults());
        Stager stager = unaware.newStager(StagerOptions.defaults())) {
      assertThat(log.addPartitions(4).join()).isEqualTo(4);
      assertThat(log.partitions()).isEqualTo(4);
      assertThat(unaware.partitions()).isEqualTo(2);
      assertThat(append(unaware, 3, "x")).isZero();
      assertThat(asking.partitions()).isEqualTo(2);
      assertThat(asking.status(3).join().nextOffset()).isEqualTo(1);
      stager.add(2, record("y"));
      unaware.commit(2, stager.stage().join().get(0), null, null).join();
      reader.assign(3, 0);
      assertThat(reader.poll(Duration.ofSeconds(10)).orElseThrow().records()).hasSize(1);
      assertThat(unaware.partitions()).isEqualTo(4);
      assertThat(unaware.refreshPartitions().join()).isEqualTo(4);
    }
  }

  @Test
  void aPartitionThatNobodyAddedIsAnErrorAndStaysAbsent() {
    for (int partition : new int[] {-1, 2, 20_000}) {
      assertThatThrownBy(() -> append(log, partition, "x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has partitions 0 to 1");
      assertThatThrownBy(() -> log.status(partition).join())
          .hasCauseInstanceOf(IllegalArgumentException.class);
    }
    assertThat(store.listFolders("test/log/" + log.incarnation() + "/", null).join().folders())
        .hasSize(2);
  }

  @Test
  void aLogDoesNotShrink() {
    log.addPartitions(3).join();
    assertThat(log.addPartitions(3).join()).isEqualTo(3);
    assertThatThrownBy(() -> log.addPartitions(2).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("cannot shrink to 2");
    assertThatThrownBy(() -> log.addPartitions(LogDescriptor.MAX_PARTITIONS + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> log.addPartitions(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aHolderGetsHoldOfNewPartitionsByAcquiringAgainAndKeepsItsEpochsOnTheOldOnes()
      throws Exception {
    Map<Integer, WriterClaim> before = log.acquire("w", "h").join();
    try (RaftlessLog grower = RaftlessLog.open(store, ID)) {
      grower.addPartitions(3).join();
    }
    Map<Integer, WriterClaim> after = log.acquire("w", "h").join();
    assertThat(after).hasSize(3).containsAllEntriesOf(before);
    try (LogWriter writer = log.newWriter(WriterOptions.defaults(), after)) {
      assertThat(writer.append(2, record("x")).join()).isZero();
    }
    Map<Integer, WriterClaim> young = log.acquire("w", "young").join();
    assertThat(young).hasSize(3);
    assertThatThrownBy(() -> log.acquire("w", "h").join())
        .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
  }

  @Test
  void settingsAreKeptCheckedAndSeenByOthers() {
    LogSettings settings =
        LogSettings.DEFAULTS
            .withRetention(new LogSettings.Retention(60_000L, 1L << 30, List.of("reports")))
            .withCompaction(
                new LogSettings.Compaction(8L << 20, 64 << 10, Compression.LZ4, 1L, 2, 1_000L))
            .withVacuumRetention(Duration.ofHours(1))
            .withMaxRecordBytes(1_000);
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      assertThat(log.settings()).isEqualTo(LogSettings.DEFAULTS);
      assertThat(log.replaceSettings(LogSettings.DEFAULTS, settings).join()).isEqualTo(settings);
      assertThat(other.settings()).isEqualTo(LogSettings.DEFAULTS);
      assertThat(other.refreshSettings().join()).isEqualTo(settings);
      assertThat(other.settings()).isEqualTo(settings);
    }
    assertThatThrownBy(() -> LogSettings.DEFAULTS.withVacuumRetention(Duration.ofMinutes(59)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vacuumRetentionMillis 3540000");
    assertThatThrownBy(() -> new LogSettings.Retention(null, null, List.of("a", "a")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogSettings.Retention(1L, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new LogSettings.Compaction(1L << 20, 2 << 20, Compression.ZSTD, 1L, 2, 1_000L))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compaction.blockBytes");
  }

  @Test
  void aLogIsCreatedWithItsSettings() {
    LogSettings settings = LogSettings.DEFAULTS.withMaxRecordBytes(9);
    try (RaftlessLog created = RaftlessLog.create(store, LogId.of("", "set"), 1, settings)) {
      assertThat(created.settings()).isEqualTo(settings);
    }
  }

  @Test
  void settingsThatLogJsonDoesNotHaveAreTheDefaults() {
    settingsAre("");
    try (RaftlessLog opened = RaftlessLog.open(store, ID)) {
      assertThat(opened.settings()).isEqualTo(LogSettings.DEFAULTS);
    }
    settingsAre(",\"settings\":{\"maxRecordBytes\":5,\"retention\":{},\"compaction\":{}}");
    try (RaftlessLog opened = RaftlessLog.open(store, ID)) {
      assertThat(opened.settings()).isEqualTo(LogSettings.DEFAULTS.withMaxRecordBytes(5));
    }
  }

  private void settingsAre(String json) {
    rewrite(LOG_JSON, body -> body.replaceFirst(",\"settings\".*|}$", "") + json + "}");
    assertThat(body("test/log/" + LOG_JSON)).endsWith(json + "}");
  }

  private interface Edit {
    String of(String body);
  }

  private void rewrite(String keyPart, Edit edit) {
    for (var object : store.list("test/", null).join().objects()) {
      if (object.key().contains(keyPart)) {
        ByteBuffer body =
            ByteBuffer.wrap(edit.of(body(object.key())).getBytes(StandardCharsets.UTF_8));
        store.delete(object.key()).join();
        store.putIfAbsent(object.key(), body).join();
      }
    }
  }

  private String body(String key) {
    GetOutcome.Found found = (GetOutcome.Found) store.get(key).join();
    return StandardCharsets.UTF_8.decode(found.body().duplicate()).toString();
  }

  @Test
  void aDescriptionSaysEverything() throws Exception {
    WriterClaim claim = log.acquire("w", "h1").join().values().iterator().next();
    log.acquire("w", "h2").join();
    append(log, 0, "x");
    long generation = log.fence("for a look").join();
    LogDescription description = log.describe().join();
    assertThat(description).isEqualTo(admin.describe(ID).join());
    assertThat(description.id()).isEqualTo(ID);
    assertThat(description.incarnation()).isEqualTo(log.incarnation());
    assertThat(description.settings()).isEqualTo(LogSettings.DEFAULTS);
    assertThat(description.state())
        .isEqualTo(new LogState(LogState.Status.FENCED, generation, "for a look"));
    LogDescription.PartitionDescription first = description.partitions().get(0);
    assertThat(first.records()).isEqualTo(1);
    assertThat(first.state()).isEqualTo(description.state());
    assertThat(first.chain()).isEqualTo(log.status(0).join().chain());
    assertThat(first.writers())
        .containsExactly(
            new LogDescription.WriterDescription("w", "h2", claim.epoch() + 1, null, 1));
    assertThat(description.partitions().get(1).records()).isZero();
  }

  @Test
  void logsAreListedByPrefixWithoutLookingAtTheirObjects() throws Exception {
    for (int i = 0; i < 20; i++) {
      append(log, 0, "x" + i);
    }
    for (String name : List.of("b", "a")) {
      RaftlessLog.create(store, LogId.of("test", name), 1).close();
    }
    RaftlessLog.create(store, LogId.of("test/deeper", "c"), 1).close();
    RaftlessLog.create(store, LogId.of("", "top"), 1).close();
    store.putIfAbsent("test/no-log/file", ByteBuffer.allocate(1)).join();
    log.delete("gone").join();
    CountingObjectStore counting = new CountingObjectStore(store);
    try (LogAdmin counted = LogAdmin.of(counting)) {
      assertThat(counted.list("test").join())
          .extracting(summary -> summary.id().name() + " " + summary.state().status())
          .containsExactly("a OPEN", "b OPEN", "log DELETED");
      assertThat(counting.counts().lists()).isEqualTo(1);
      assertThat(counting.counts().gets()).isEqualTo(5);
      assertThat(counted.list("").join())
          .extracting(LogSummary::id)
          .containsExactly(LogId.of("", "top"));
      assertThat(counted.list("test/deeper").join()).hasSize(1);
      assertThat(counted.list("nowhere").join()).isEmpty();
    }
  }

  @Test
  void aLogThatNeverWasCannotBeDescribedOrDeleted() {
    LogId nowhere = LogId.of("test", "nowhere");
    assertThatThrownBy(() -> admin.describe(nowhere).join())
        .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
    assertThatThrownBy(() -> admin.delete(nowhere, log.incarnation(), "x").join())
        .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
  }

  // --- responses that get lost ---

  private void faults(Fault fault) {
    store.next(LOG_JSON, fault);
    store.next("/0/head", fault);
    store.next("/1/head", fault);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aDeletionWithFaultsIsDone(Fault fault) throws Exception {
    append(log, 0, "x");
    faults(fault);
    log.delete("x").join();
    store.landLate();
    LogDescription description = admin.describe(ID).join();
    assertThat(description.state().status()).isEqualTo(LogState.Status.DELETED);
    assertThat(description.partitions())
        .allMatch(partition -> partition.state().status() == LogState.Status.DELETED);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aCreationAfterADeletionWithFaultsMakesOneNewLog(Fault fault) throws Exception {
    log.delete("x").join();
    // The first write of a creation is refused anyway, since log.json is there.
    store.next(LOG_JSON, Fault.NONE);
    faults(fault);
    try (RaftlessLog young = RaftlessLog.create(store, ID, 3)) {
      store.landLate();
      assertThat(admin.describe(ID).join().incarnation()).isEqualTo(young.incarnation());
      assertThat(append(young, 2, "x")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aGrowthWithFaultsIsDone(Fault fault) throws Exception {
    store.next(LOG_JSON, fault);
    store.next("/2/head", fault);
    assertThat(log.addPartitions(3).join()).isEqualTo(3);
    store.landLate();
    assertThat(append(log, 2, "x")).isZero();
    assertThat(admin.describe(ID).join().partitions()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aChangeOfSettingsWithAFaultIsMadeOnceThoughAnotherFollowsItAtOnce(Fault fault) {
    store.next(LOG_JSON, fault);
    CompletableFuture<LogSettings> mine =
        log.changeSettings(settings -> settings.withMaxRecordBytes(settings.maxRecordBytes() - 1));
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      other
          .changeSettings(settings -> settings.withMaxRecordBytes(settings.maxRecordBytes() - 10))
          .join();
      mine.join();
      store.landLate();
      assertThat(other.refreshSettings().join().maxRecordBytes())
          .isEqualTo(LogSettings.DEFAULTS.maxRecordBytes() - 11);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aReplacementOfSettingsWithAFaultIsNotCalledRefusedThoughAnotherFollowsItAtOnce(Fault fault) {
    store.next(LOG_JSON, fault);
    CompletableFuture<LogSettings> mine =
        log.replaceSettings(LogSettings.DEFAULTS, LogSettings.DEFAULTS.withMaxRecordBytes(1));
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      LogSettings theirs =
          other.changeSettings(settings -> settings.withVacuumRetention(Duration.ofDays(1))).join();
      boolean isDone = mine.handle((done, trouble) -> trouble == null).join();
      store.landLate();
      int bytes = other.refreshSettings().join().maxRecordBytes();
      assertThat(isDone).isEqualTo(bytes == 1 || theirs.maxRecordBytes() == 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aReleaseWithFaultsForgetsNobodyElse(Fault fault) {
    Map<Integer, WriterClaim> claims = log.acquire("w", "h").join();
    faults(fault);
    log.release(claims.values(), Forgetting.NOTHING_OF_USE).join();
    Map<Integer, WriterClaim> next = log.acquire("w", "next").join();
    store.landLate();
    assertThat(log.acquire("w", "next").join()).isEqualTo(next);
  }

  // --- formats of the future ---

  @Test
  void metadataOfANewerFormatIsRefusedWithAClearMessage() throws Exception {
    append(log, 0, "x");
    rewrite("/1/head", body -> body.replace("\"format\":1", "\"format\":4"));
    assertNewer("head", log.status(1));
    try (RaftlessLog fresh = RaftlessLog.open(store, ID)) {
      assertNewer(
          "head", fresh.status(1), fresh.fence("x"), fresh.acquire("w", "h"), fresh.describe());
      assertNewer("head", admin.delete(ID, log.incarnation(), "x"));
    }
  }

  @Test
  void aLogJsonOfANewerFormatIsRefusedWithAClearMessage() throws Exception {
    rewrite(LOG_JSON, body -> body.replace("\"format\":1", "\"format\":2"));
    assertThatThrownBy(() -> RaftlessLog.open(store, ID))
        .hasMessageContaining("log.json")
        .hasMessageContaining("use a newer Raftless");
    assertThatThrownBy(() -> RaftlessLog.create(store, ID, 1))
        .hasMessageContaining("use a newer Raftless");
    assertNewer(
        "log.json",
        log.fence("x"),
        log.addPartitions(9),
        log.delete("x"),
        log.changeSettings(settings -> settings),
        admin.list("test"),
        admin.describe(ID));
  }

  private static void assertNewer(String what, CompletableFuture<?>... operations) {
    assertThat(operations)
        .allSatisfy(
            operation ->
                assertThatThrownBy(operation::join)
                    .hasCauseInstanceOf(RaftlessException.Corrupted.class)
                    .hasMessageContaining(what)
                    .hasMessageContaining("use a newer Raftless"));
  }

  @Test
  void anIndexNodeOfANewerFormatIsRefusedWithAClearMessage() throws Exception {
    LogOptions small = new LogOptions(Duration.ofSeconds(60), new IndexShape(4, 3, 2));
    try (RaftlessLog tall = RaftlessLog.open(store, ID, small)) {
      for (int i = 0; i < 20; i++) {
        append(tall, 0, "x" + i);
      }
    }
    rewrite("/node/", body -> body.replace("\"format\":1", "\"format\":4"));
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.poll(Duration.ofSeconds(10)))
          .isInstanceOf(RaftlessException.Corrupted.class)
          .hasMessageContaining("index node")
          .hasMessageContaining("use a newer Raftless");
    }
  }

  @Test
  void stagedBatchesOfANewerFormatAreRefusedWithAClearMessage() throws Exception {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("x"));
      byte[] encoded = StagedBatchCodec.encode(stager.stage().join().get(0));
      byte[] newer =
          new String(encoded, StandardCharsets.UTF_8)
              .replace("\"format\":1", "\"format\":2")
              .getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> StagedBatchCodec.decode(newer))
          .hasMessageContaining("use a newer Raftless");
    }
  }

  @Test
  void aBlockOfANewerFormatIsRefusedByTheReaderWithAClearMessage() throws Exception {
    append(log, 0, "x");
    ObjectStore files = store;
    for (var object : files.list("test/", null).join().objects()) {
      if (object.key().contains("/wal/")) {
        GetOutcome.Found found = (GetOutcome.Found) files.get(object.key()).join();
        ByteBuffer body = ByteBuffer.allocate(found.body().remaining());
        body.put(found.body().duplicate()).flip();
        for (int at = 0; at < body.limit() - 4; at++) {
          if (body.getInt(at) == 0x524c4242) { // RLBB
            body.put(at + 4, (byte) 2);
          }
        }
        files.delete(object.key()).join();
        files.putIfAbsent(object.key(), body).join();
      }
    }
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThatThrownBy(() -> reader.poll(Duration.ofSeconds(10)))
          .isInstanceOf(RaftlessException.Corrupted.class)
          .hasMessageContaining("use a newer Raftless");
    }
  }

  @Test
  void retentionsThatCannotBeAppliedAreRefused() {
    long mostMillis = Duration.ofDays(365_000).toMillis();
    LogSettings.Retention most = new LogSettings.Retention(mostMillis, null, List.of());
    assertThat(RetentionPolicy.of(most).mostAge()).isEqualTo(Duration.ofDays(365_000));
    assertThatThrownBy(() -> new LogSettings.Retention(mostMillis + 1, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("retention.ageMillis");
    for (String group : List.of("my group", "", "-g", "a/b", "g".repeat(201))) {
      assertThatThrownBy(() -> new LogSettings.Retention(null, null, List.of(group)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("retention.pinnedBy")
          .hasMessageContaining("'" + group + "'");
      assertThatThrownBy(() -> log.group(group)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Timeout(
      value = 60,
      threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // A join hears no interrupt.
  void whatIsAskedOfAPartitionThatTheHandleDoesNotKnowDoesNotBlockItsCaller() {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    ObjectStore slow =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
            return gate.thenCompose(go -> super.getIfChanged(key, known));
          }
        };
    try (RaftlessLog unaware = RaftlessLog.open(slow, ID)) {
      log.addPartitions(3).join();
      List<CompletableFuture<Long>> asked =
          List.of(
              unaware.trim(2, 0),
              unaware.trimToLatest(2),
              unaware.trimToTime(2, 0),
              unaware.offsetAt(2, 0));
      assertThat(asked).allSatisfy(answer -> assertThat(answer).isNotDone());
      CompletableFuture<Long> never = unaware.trim(3, 0);
      gate.complete(null);
      assertThat(asked).allSatisfy(answer -> assertThat(answer.join()).isZero());
      assertThatThrownBy(never::join).hasCauseInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A log whose only worker is busy until the log is closed. */
  private RaftlessLog busy() throws InterruptedException {
    ExecutorService workers = Executors.newFixedThreadPool(1);
    RaftlessLog busy =
        RaftlessLog.open(
            store,
            ID,
            LogOptions.defaults(),
            new LogRuntime(
                Clock.systemUTC(),
                new Random(),
                Executors.newSingleThreadScheduledExecutor(),
                workers));
    CountDownLatch isBusy = new CountDownLatch(1);
    CompletableFuture<Void> never = new CompletableFuture<>();
    workers.execute(
        () -> {
          isBusy.countDown();
          assertThatThrownBy(never::get).isInstanceOf(InterruptedException.class);
        });
    isBusy.await();
    return busy;
  }

  private List<String> keys(String part) {
    return store.list("", null).join().objects().stream()
        .map(ListPage.ListedObject::key)
        .filter(key -> key.contains(part))
        .toList();
  }

  @Test
  void closingALogEndsSearchesForATime() throws Exception {
    append(log, 0, "x");
    RaftlessLog busy = busy();
    CompletableFuture<OptionalLong> found = busy.offsetForTime(0, 0);
    CompletableFuture<GroupPosition> reset = busy.group("g").reset(0, ResetTo.timestamp(0));
    CompletableFuture<GroupPosition> started = busy.group("h").start(0, ResetTo.timestamp(0));
    assertThat(found).isNotDone();
    busy.close();
    assertThat(found).isDone();
    assertThat(reset).isCompletedExceptionally();
    assertThat(started).isCompletedExceptionally();
    assertThat(keys("/cursors/")).as("no cursor is moved by a log that is closed").isEmpty();
  }

  @Test
  void closingALogEndsWhatAStagerThatWasClosedBeforeStages() throws Exception {
    RaftlessLog busy = busy();
    Stager stager = busy.newStager(new StagerOptions(1_024, 1 << 20, 4, Compression.NONE));
    for (int i = 0; i < 6; i++) {
      stager.add(0, record("x".repeat(2_000)));
    }
    CompletableFuture<?> staged = stager.stage();
    stager.close();
    assertThat(staged).isNotDone();
    busy.close();
    assertThat(staged).isCompletedExceptionally();
    assertThatThrownBy(staged::join).hasCauseInstanceOf(RaftlessException.Failed.class);
    assertThat(keys("/wal/")).as("no upload begins when the log is closed").isEmpty();
  }
}
