package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Guarantees 2 and 7 of the design: whatever becomes of a response, an append is there once. */
@Timeout(60)
class LostResponsesTest {
  private static final String HEAD = "/0/head";
  private static final String WAL = "/wal/";
  private static final String LOG_JSON = "log.json";

  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore());
  private final RaftlessLog log = RaftlessLog.create(store, LogId.of("", "log"), 1);

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAppendWhoseHeadWriteHasAFaultIsThereOnce(Fault fault) throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      writer.append(0, record("before")).join();
      store.next(HEAD, fault);
      assertThat(writer.append(0, record("x")).join()).isEqualTo(1);
      store.landLate();
      assertThat(writer.append(0, record("after")).join()).isEqualTo(2);
    }
    assertThat(texts(log, 0, 0)).containsExactly("before", "x", "after");
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAppendWhoseUploadHasAFaultIsThereOnce(Fault fault) throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      store.next(WAL, fault);
      assertThat(writer.append(0, record("x")).join()).isZero();
      store.landLate();
    }
    assertThat(texts(log, 0, 0)).containsExactly("x");
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aCommitOfStagedBatchesThatHasAFaultIsThereOnce(Fault fault) throws Exception {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(0, record("x"));
      List<StagedBatch> staged = stager.stage().join().get(0);
      store.next(HEAD, fault);
      assertThat(log.commit(0, staged, null, null).join().baseOffsets()).containsExactly(0L);
      store.landLate();
      assertThat(log.commit(0, staged, null, null).join().alreadyCommitted()).isEqualTo(1);
    }
    assertThat(texts(log, 0, 0)).containsExactly("x");
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAppendThatIsFollowedByAnotherWritersBeforeItsOutcomeIsLookedUpIsThereOnce(Fault fault)
      throws Exception {
    try (RaftlessLog other = RaftlessLog.open(store, log.id());
        LogWriter mine = log.newWriter(WriterOptions.defaults());
        LogWriter theirs = other.newWriter(WriterOptions.defaults())) {
      mine.append(0, record("m0")).join();
      store.next(HEAD, fault);
      CompletableFuture<Long> contended = mine.append(0, record("m1"));
      theirs.append(0, record("t0")).join();
      store.landLate();
      contended.join();
      theirs.append(0, record("t1")).join();
    }
    assertThat(texts(log, 0, 0)).containsExactlyInAnyOrder("m0", "m1", "t0", "t1");
  }

  @Test
  void anAppendThatLandedBeforeAFenceIsReportedAsCommittedAndNotAsFenced() throws Exception {
    try (RaftlessLog admin = RaftlessLog.open(store, log.id());
        LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(0, record("before")).join();
      store.next(HEAD, Fault.RESPONSE_LOST);
      CompletableFuture<Long> landed = writer.append(0, record("landed"));
      untilAppended(admin, 2);
      admin.fence("now").join();
      assertThat(landed.join()).isEqualTo(1);
      assertThatThrownBy(() -> writer.append(0, record("too late")).join())
          .hasCauseInstanceOf(RaftlessException.LogFenced.class);
    }
    assertThat(texts(log, 0, 0)).containsExactly("before", "landed");
  }

  /** Waits for a state of the log instead of a time. */
  private static void untilAppended(RaftlessLog log, long nextOffset) {
    Await.until(
        "offset " + nextOffset + " was reached",
        () -> log.status(0).join().nextOffset() >= nextOffset);
  }

  @Test
  void anAppendThatLandsAfterTheFenceReturnedIsImpossible() throws Exception {
    try (RaftlessLog admin = RaftlessLog.open(store, log.id());
        LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(0, record("before")).join();
      store.next(HEAD, Fault.LANDS_LATE);
      CompletableFuture<Long> stalled = writer.append(0, record("stalled"));
      admin.fence("now").join();
      store.landLate();
      long end = admin.status(0).join().nextOffset();
      // Either it was repeated before the fence and is in, or it is not and never will be.
      boolean isCommitted = stalled.handle((offset, trouble) -> trouble == null).join();
      assertThat(end).isEqualTo(isCommitted ? 2 : 1);
      assertThat(admin.status(0).join().nextOffset()).isEqualTo(end);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void anAcquireWithAFaultHoldsAndKeepsItsEpoch(Fault fault) {
    store.next(HEAD, fault);
    Map<Integer, WriterClaim> claims = log.acquire("w", "h").join();
    store.landLate();
    assertThat(log.acquire("w", "h").join()).isEqualTo(claims);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aPositionThatIsStoredWithAFaultIsThereOnceAndDoesNotComeBack(Fault fault) {
    WriterClaim claim = Objects.requireNonNull(log.acquire("w", "h").join().get(0));
    log.storePosition(claim, null, "A").join();
    store.next(HEAD, fault);
    log.storePosition(claim, "A", "B").join();
    try (RaftlessLog other = RaftlessLog.open(store, log.id())) {
      other.storePosition(claim, "B", "A").join();
      store.landLate();
      assertThat(position(other)).isEqualTo("A");
    }
  }

  @Test
  void aStoreOfAPositionWhoseResponseIsLostNeverUndoesWhatAnotherProcessStoredSince() {
    WriterClaim claim = Objects.requireNonNull(log.acquire("w", "h").join().get(0));
    log.storePosition(claim, null, "A").join();
    try (RaftlessLog other = RaftlessLog.open(store, log.id())) {
      // Its own write finds the one that landed, goes back on purpose, and is done before we look.
      store.afterNext(HEAD, Fault.RESPONSE_LOST, () -> other.storePosition(claim, "B", "A").join());
      var lost = log.storePosition(claim, "A", "B");
      assertThatThrownBy(lost::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      assertThat(position(other)).isEqualTo("A");
    }
  }

  private static @Nullable String position(RaftlessLog log) {
    return Objects.requireNonNull(log.acquire("w", "h").join().get(0)).position();
  }

  @Test
  void aPositionIsStoredUnderTheCurrentClaimOnlyAndInPlaceOfTheExpectedOne() {
    WriterClaim old = Objects.requireNonNull(log.acquire("w", "old").join().get(0));
    log.storePosition(old, null, "A").join();
    assertThatThrownBy(() -> log.storePosition(old, "X", "B").join())
        .cause()
        .isInstanceOfSatisfying(
            RaftlessException.PositionMoved.class,
            moved -> assertThat(moved.position()).contains("A"));
    WriterClaim newer = Objects.requireNonNull(log.acquire("w", "new").join().get(0));
    assertThat(newer.position()).isEqualTo("A");
    assertThatThrownBy(() -> log.storePosition(old, "A", "B").join())
        .cause()
        .isInstanceOfSatisfying(
            RaftlessException.WriterFenced.class,
            fenced -> assertThat(fenced.epoch()).hasValue(newer.epoch()));
    long generation = log.fence("now").join();
    assertThatThrownBy(() -> log.storePosition(newer, "A", "B").join())
        .hasCauseInstanceOf(RaftlessException.LogFenced.class);
    log.unfence(generation, "again").join();
    log.storePosition(newer, "A", "B").join();
    assertThat(log.acquire("w", "new").join().get(0))
        .extracting(WriterClaim::position)
        .isEqualTo("B");
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFenceWithAFaultInAHeadOrInTheDescriptorHolds(Fault fault) throws Exception {
    store.next(HEAD, fault);
    store.next(LOG_JSON, fault);
    long generation = log.fence("now").join();
    store.landLate();
    assertThat(log.status(0).join().fenced()).isTrue();
    store.next(HEAD, fault);
    log.unfence(generation, "again").join();
    store.landLate();
    assertThat(log.status(0).join().fenced()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aLogWhoseCreationHasAFaultExistsOnceOrTheOutcomeIsUnknown(Fault fault) {
    LogId id = LogId.of("", "fresh");
    store.next("fresh/log.json", fault);
    try {
      RaftlessLog.create(store, id, 2).close();
      try (RaftlessLog opened = RaftlessLog.open(store, id)) {
        assertThat(opened.partitions()).isEqualTo(2);
      }
    } catch (RaftlessException.UnknownOutcome unknown) {
      assertThat(fault).isIn(Fault.LANDS_LATE, Fault.SERVER_ERROR, Fault.CONFLICT_FOR_NOTHING);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aLogWhoseHeadsHaveAFaultWhenTheyAreCreatedIsThere(Fault fault) {
    LogId id = LogId.of("", "fresh");
    store.next("/0/head", fault);
    store.next("/1/head", fault);
    try (RaftlessLog created = RaftlessLog.create(store, id, 2)) {
      store.landLate();
      assertThat(created.status(1).join().nextOffset()).isZero();
    }
  }

  @Test
  void aStoreThatNeverAnswersMakesTheOutcomeUnknownAndNotFailed() throws Exception {
    LogOptions impatient = LogOptions.defaults().withCommitTimeout(Duration.ofSeconds(1));
    try (RaftlessLog hasty = RaftlessLog.open(store, log.id(), impatient);
        LogWriter writer = hasty.newWriter(WriterOptions.defaults())) {
      for (int i = 0; i < 200; i++) {
        store.next(HEAD, Fault.LANDS_LATE);
      }
      CompletableFuture<Long> append = writer.append(0, record("x"));
      assertThatThrownBy(append::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
      store.behave();
      // And that is why "failed" would have been wrong:
      store.landLate();
      assertThat(texts(log, 0, 0)).containsExactly("x");
    }
  }

  @Test
  void aLogFullOfFaultsInASpillingIndexKeepsEveryRecordOnce() throws Exception {
    List<LogRecord> one = List.of(record("r"));
    List<Fault> faults = List.copyOf(EnumSet.allOf(Fault.class));
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      for (int i = 0; i < 300; i++) {
        store.next("/node/", faults.get(i % faults.size()));
        offsets.add(writer.append(0, one, AppendConditions.NONE));
      }
      for (int i = 0; i < 300; i++) {
        assertThat(offsets.get(i).join()).isEqualTo(i);
      }
    }
    store.landLate();
    assertThat(texts(log, 0, 0)).hasSize(300);
  }
}
