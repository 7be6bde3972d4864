package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Json;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.store.DigestETagStore;
import io.raftless.store.ETag;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The interleavings that the order "log.json first, heads second", the generations, the
 * incarnations and the epochs are there for: each of these was seen to lose or double records, or
 * to undo a fence, without its guard.
 */
@Timeout(60)
class LogLifecycleAttacksTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final String LOG_JSON = "log.json";

  private final ObjectStore memory = new MemoryObjectStore();
  private final GatedStore store = new GatedStore(memory);

  /** Whoever is attacked, or attacks: its writes can be held. */
  private RaftlessLog log;

  /** Somebody else, whose writes are never held. */
  private RaftlessLog other;

  @BeforeEach
  void create() {
    log = RaftlessLog.create(store, ID, 2);
    other = RaftlessLog.open(memory, ID);
  }

  @AfterEach
  void close() {
    store.open();
    log.close();
    other.close();
  }

  private RaftlessLog deletedAndCreatedAgain() {
    other.delete("to be made anew").join();
    return RaftlessLog.create(memory, ID, 2);
  }

  private static long append(RaftlessLog log, int partition, String text)
      throws InterruptedException {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      return writer.append(partition, record(text)).join();
    }
  }

  // --- deletion ---

  @Test
  void aLogDeletedAndCreatedAgainUnderAStagedBatch() throws Exception {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("old"));
      List<StagedBatch> staged = stager.stage().join().get(0);
      try (RaftlessLog young = deletedAndCreatedAgain()) {
        assertThatThrownBy(() -> log.commit(0, staged, null, null).join())
            .hasCauseInstanceOf(RaftlessException.LogNotFound.class)
            .hasMessageContaining("to be made anew");
        assertThatThrownBy(() -> young.commit(0, staged, null, null).join())
            .hasCauseInstanceOf(RaftlessException.OtherIncarnation.class);
        assertThat(young.status(0).join().nextOffset()).isZero();
      }
    }
  }

  @Test
  void aLogDeletedAndCreatedAgainUnderAWriterWhoseCachedHeadOutlivesIt() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(0, record("old")).join();
      try (RaftlessLog young = deletedAndCreatedAgain()) {
        assertThatThrownBy(() -> writer.append(0, record("late")).join())
            .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
        assertThatThrownBy(() -> writer.append(1, record("late")).join())
            .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
        assertThat(append(young, 0, "new")).isZero();
        assertThat(texts(young, 0, 0)).containsExactly("new");
      }
    }
  }

  @Test
  void anAppendUnderWayWhileTheLogIsDeletedDoesNotLandAfterwards() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(0, record("before")).join();
      store.hold("/0/head");
      CompletableFuture<Long> underWay = writer.append(0, record("under way"));
      store.await(1);
      other.delete("now").join();
      store.open();
      assertThatThrownBy(underWay::join).hasCauseInstanceOf(RaftlessException.LogNotFound.class);
    }
    assertThat(offsets(memory)).containsExactly(1L, 0L);
  }

  @Test
  void aWriterThatIsAboutToCreateAMissingHeadCannotDoSoAfterTheDeletion() throws Exception {
    growWithoutHeads(3);
    try (RaftlessLog slow = RaftlessLog.open(store, ID);
        LogWriter writer = slow.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      store.hold("/2/head");
      int held = store.held();
      CompletableFuture<Long> append = writer.append(2, record("x"));
      store.await(held + 1);
      other.delete("now").join();
      store.open();
      assertThatThrownBy(append::join).hasCauseInstanceOf(RaftlessException.LogNotFound.class);
    }
    assertThat(offsets(memory)).containsExactly(0L, 0L, 0L);
  }

  /** As a grower does that crashes between log.json and the heads. */
  private void growWithoutHeads(int total) {
    try (RaftlessLog crashing = RaftlessLog.open(store, ID)) {
      store.hold("/head");
      int held = store.held();
      var unused = crashing.addPartitions(total);
      store.await(held + 1);
      store.holdNoMore();
    }
  }

  private static List<Long> offsets(ObjectStore store) {
    try (LogAdmin admin = LogAdmin.of(store)) {
      return admin.describe(ID).join().partitions().stream()
          .map(LogDescription.PartitionDescription::nextOffset)
          .toList();
    }
  }

  @Test
  void aDeletionThatCrashedHalfWayIsCompletedBeforeTheLogIsCreatedAgain() throws Exception {
    try (LogWriter writer = other.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(1, record("old")).join();
      crashBetweenLogJsonAndHeads();
      try (RaftlessLog young = RaftlessLog.create(memory, ID, 1)) {
        assertThatThrownBy(() -> writer.append(1, record("lost")).join())
            .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
        assertThat(young.partitions()).isEqualTo(1);
      }
    }
  }

  @Test
  void aDeletionThatCrashedHalfWayIsCompletedByCallingItAgain() throws Exception {
    Incarnation incarnation = log.incarnation();
    crashBetweenLogJsonAndHeads();
    assertThatThrownBy(() -> RaftlessLog.open(memory, ID))
        .isInstanceOf(RaftlessException.LogNotFound.class);
    try (LogAdmin admin = LogAdmin.of(memory)) {
      admin.delete(ID, incarnation, "again").join();
      assertThat(admin.describe(ID).join().partitions())
          .allMatch(partition -> partition.state().status() == LogState.Status.DELETED);
    }
  }

  private void crashBetweenLogJsonAndHeads() {
    store.hold("/head");
    var unused = log.delete("crashes");
    store.await(1);
  }

  @Test
  void everyOperationOfAHandleOfAnEarlierIncarnationFailsAndLeavesTheNewLogAlone()
      throws Exception {
    Map<Integer, WriterClaim> claims = log.acquire("w", "h").join();
    long generation = log.fence("old").join();
    try (RaftlessLog cold = RaftlessLog.open(memory, ID);
        RaftlessLog young = deletedAndCreatedAgain();
        LogAdmin admin = LogAdmin.of(memory)) {
      LogDescription before = admin.describe(ID).join();
      for (RaftlessLog old : List.of(log, cold)) {
        List<CompletableFuture<?>> operations =
            List.of(
                old.fence("x"),
                old.unfence(generation, "x"),
                old.delete("x"),
                old.addPartitions(9),
                old.changeSettings(settings -> settings.withMaxRecordBytes(7)),
                old.replaceSettings(LogSettings.DEFAULTS, LogSettings.DEFAULTS),
                old.acquire("w", "h"),
                old.acquire("w", "h2"),
                old.release(claims.values(), Forgetting.EVERYTHING),
                old.forgetWriter(0, "w", 2, Forgetting.EVERYTHING),
                old.status(0),
                old.status(7),
                old.describe(),
                old.refreshPartitions(),
                old.refreshSettings());
        assertThat(operations)
            .allSatisfy(
                operation ->
                    assertThatThrownBy(operation::join)
                        .cause()
                        .isInstanceOfAny(
                            RaftlessException.LogNotFound.class,
                            RaftlessException.OtherIncarnation.class));
        assertThatThrownBy(() -> append(old, 1, "x"))
            .hasCauseInstanceOf(RaftlessException.LogNotFound.class);
        try (LogReader reader = old.newReader(ReaderOptions.defaults())) {
          reader.assign(0, 0);
          assertThatThrownBy(() -> reader.poll(Duration.ofSeconds(10)))
              .isInstanceOf(RaftlessException.LogNotFound.class);
        }
      }
      assertThat(admin.describe(ID).join()).isEqualTo(before);
      assertThat(young.incarnation()).isEqualTo(before.incarnation());
    }
  }

  // --- fencing ---

  @Test
  void aFenceThatOvertakesAGrowthWhoseHeadsAreOnTheirWay() throws Exception {
    store.hold("/2/head");
    CompletableFuture<Integer> growth = log.addPartitions(3);
    store.await(1);
    // This handle has never heard of partition 2, whose head is about to be created as open.
    other.fence("now").join();
    store.open();
    growth.join();
    assertFenced(2);
  }

  @Test
  void aGrowthThatOvertakesAFence() throws Exception {
    store.hold(LOG_JSON);
    CompletableFuture<Long> fence = log.fence("now");
    store.await(1);
    other.addPartitions(3).join();
    store.open();
    fence.join();
    assertFenced(2);
  }

  @Test
  void aGrowthThatIsOvertakenByAFence() throws Exception {
    store.hold(LOG_JSON);
    CompletableFuture<Integer> growth = log.addPartitions(3);
    store.await(1);
    other.fence("now").join();
    store.open();
    growth.join();
    assertFenced(2);
  }

  @Test
  void aGrowthThatCrashedBeforeItsHeadsAndAFenceBeforeAnybodyCreatedThem() throws Exception {
    growWithoutHeads(3);
    other.fence("now").join();
    store.open();
    assertFenced(2);
  }

  private void assertFenced(int partition) {
    try (RaftlessLog fresh = RaftlessLog.open(memory, ID)) {
      assertThat(fresh.status(partition).join().fenced()).isTrue();
      for (RaftlessLog handle : List.of(log, other, fresh)) {
        assertThatThrownBy(() -> append(handle, partition, "x"))
            .hasCauseInstanceOf(RaftlessException.LogFenced.class);
      }
    }
  }

  @Test
  void aLateUnfenceAfterAFenceThatFoundTheLogFencedAlready() {
    long maintenance = other.fence("maintenance").join();
    store.hold(LOG_JSON);
    CompletableFuture<Long> late = log.unfence(maintenance, "maintenance is over");
    store.await(1);
    long damage = other.fence("damage was found").join();
    store.open();
    assertThatThrownBy(late::join)
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("damage was found");
    assertThat(damage).isGreaterThan(maintenance);
    assertFenced(0);
  }

  @Test
  void twoFencesWithTheSameReasonAreTwoFences() {
    store.hold(LOG_JSON);
    CompletableFuture<Long> slow = log.fence("deployment");
    store.await(1);
    long quick = other.fence("deployment").join();
    store.open();
    assertThat(slow.join()).isGreaterThan(quick);
    assertThatThrownBy(() -> other.unfence(quick, "done").join())
        .hasCauseInstanceOf(RaftlessException.Refused.class);
    assertFenced(0);
  }

  @Test
  void aFenceAndAnUnfenceThatCrossOverTheHeadsLeaveNoMixture() {
    store.hold("/0/head");
    CompletableFuture<Long> fence = log.fence("now");
    store.await(1);
    long generation = other.describe().join().state().generation();
    long open = other.unfence(generation, "never mind").join();
    store.open();
    assertThatThrownBy(fence::join).hasCauseInstanceOf(RaftlessException.Refused.class);
    LogDescription description = other.describe().join();
    assertThat(description.partitions())
        .allSatisfy(partition -> assertThat(partition.state()).isEqualTo(description.state()));
    assertThat(description.state().generation()).isEqualTo(open);
  }

  // --- log.json ---

  @Test
  void aWriteOfLogJsonThatLandsWhenItsSettingsAreWhatTheyWereBeforeDoesNotLand() {
    FaultyObjectStore faulty = new FaultyObjectStore(new DigestETagStore(memory));
    LogOptions impatient = LogOptions.defaults().withCommitTimeout(Duration.ofSeconds(1));
    try (RaftlessLog slow = RaftlessLog.open(faulty, ID, impatient)) {
      for (int i = 0; i < 200; i++) {
        faulty.next(LOG_JSON, Fault.LANDS_LATE);
      }
      CompletableFuture<LogSettings> late =
          slow.changeSettings(settings -> settings.withMaxRecordBytes(1));
      assertThatThrownBy(late::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      faulty.behave();
    }
    for (int bytes : new int[] {1, LogSettings.DEFAULTS.maxRecordBytes()}) {
      try (RaftlessLog admin = RaftlessLog.open(faulty, ID)) {
        admin.changeSettings(settings -> settings.withMaxRecordBytes(bytes)).join();
      }
    }
    faulty.landLate();
    try (RaftlessLog fresh = RaftlessLog.open(memory, ID)) {
      assertThat(fresh.settings()).isEqualTo(LogSettings.DEFAULTS);
    }
  }

  @Test
  void noTwoBodiesOfLogJsonAreEqualWhateverIsChangedThereAndBack() {
    Recorder recorder = new Recorder(memory);
    try (RaftlessLog admin = RaftlessLog.open(recorder, ID)) {
      for (int i = 0; i < 3; i++) {
        admin.unfence(admin.fence("f").join(), "u").join();
        admin.changeSettings(settings -> settings.withMaxRecordBytes(1)).join();
        admin.changeSettings(settings -> LogSettings.DEFAULTS).join();
      }
    }
    Set<Label> writes = new HashSet<>();
    long version = recorder.written.get(0).version() - 1;
    for (LogDescriptor written : recorder.written) {
      assertThat(written.version()).isEqualTo(++version);
      assertThat(writes.add(written.lastWrite())).isTrue();
    }
    assertThat(recorder.written).hasSize(12);
  }

  /** What was written as log.json. */
  private static final class Recorder extends ForwardingObjectStore {
    private final List<LogDescriptor> written = new CopyOnWriteArrayList<>();

    Recorder(ObjectStore store) {
      super(store);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      if (key.endsWith(LOG_JSON)) {
        written.add(Json.decode(body, LogDescriptor.class, LOG_JSON, LogDescriptor.FORMAT));
      }
      return super.putIfMatch(key, expected, body);
    }
  }

  @Test
  void twoAdministratorsWhoChangeDifferentSettingsAtTheSameTimeLoseNothing() {
    store.hold(LOG_JSON);
    CompletableFuture<LogSettings> slow =
        log.changeSettings(settings -> settings.withMaxRecordBytes(5));
    CompletableFuture<LogSettings> onOldOnes =
        log.replaceSettings(LogSettings.DEFAULTS, LogSettings.DEFAULTS.withMaxRecordBytes(6));
    store.await(2);
    other.changeSettings(settings -> settings.withVacuumRetention(Duration.ofDays(30))).join();
    store.open();
    LogSettings both =
        LogSettings.DEFAULTS.withVacuumRetention(Duration.ofDays(30)).withMaxRecordBytes(5);
    assertThat(slow.join()).isEqualTo(both);
    assertThatThrownBy(onOldOnes::join)
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("somebody changed them");
    assertThat(other.refreshSettings().join()).isEqualTo(both);
  }

  // --- writer ids ---

  @Test
  void aForgottenWriterIdAndItsZombie() throws Exception {
    Map<Integer, WriterClaim> zombie = log.acquire("w", "zombie").join();
    log.release(zombie.values(), Forgetting.NOTHING_OF_USE).join();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults(), zombie)) {
      assertThatThrownBy(() -> writer.append(0, record("nobody's")).join())
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
    }
    Map<Integer, WriterClaim> young = log.acquire("w", "young").join();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults(), zombie);
        LogWriter youngWriter = log.newWriter(WriterOptions.defaults(), young)) {
      assertThatThrownBy(() -> writer.append(0, record("zombie's")).join())
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
      youngWriter.append(0, record("young's")).join();
      // The zombie gives back what it no longer has.
      log.release(zombie.values(), Forgetting.EVERYTHING).join();
      youngWriter.append(0, record("young's, too")).join();
    }
    assertThat(texts(log, 0, 0)).containsExactly("young's", "young's, too");
  }

  @Test
  void anIdleWriterWithAPositionIsNeverForgottenToMakeRoom() throws Exception {
    WriterClaim claim = log.acquire("idle", "h").join().values().iterator().next();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults(), Map.of(0, claim))) {
      AppendConditions conditions = AppendConditions.withPosition("{\"n\":1}");
      writer.append(0, List.of(record("x")), conditions).join();
    }
    List<String> acquired = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                log.acquire("crowd" + i, "h").join();
                acquired.add("crowd" + i);
              }
            })
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("no room");
    assertThat(acquired).isNotEmpty();
    LogDescription.WriterDescription idle =
        log.describe().join().partitions().get(0).writers().stream()
            .filter(writer -> writer.writerId().equals("idle"))
            .findFirst()
            .orElseThrow();
    assertThat(idle)
        .isEqualTo(
            new LogDescription.WriterDescription("idle", "h", claim.epoch(), "{\"n\":1}", 0));
    assertThatThrownBy(
            () -> log.forgetWriter(0, "idle", claim.epoch(), Forgetting.NOTHING_OF_USE).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("a position");
    assertThatThrownBy(
            () -> log.forgetWriter(0, "idle", claim.epoch() + 1, Forgetting.EVERYTHING).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("'h'");
    log.forgetWriter(0, "idle", claim.epoch(), Forgetting.EVERYTHING).join();
    assertThat(log.acquire("idle", "h").join().get(0)).extracting(WriterClaim::position).isNull();
  }
}
