package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.index.IndexShape;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.VacuumOptions;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was appended once is found again, whatever was done to the log in between. */
@Timeout(120)
class RecommitAfterEverythingTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofSeconds(20), new IndexShape(4, 3, 4));

  private final MovableClock clock = new MovableClock();
  private final ObjectStore store = new MemoryObjectStore(clock);
  private final HeldHeads held = new HeldHeads(store);
  private final List<RaftlessLog> processes = new ArrayList<>();
  private final RaftlessLog log =
      remembered(RaftlessLog.create(store, ID, 1, OPTIONS, VacuumTest.runtime(clock)));
  private final RaftlessLog stalled = process(held);

  @AfterEach
  void close() {
    processes.forEach(RaftlessLog::close);
    store.close();
  }

  private RaftlessLog process(ObjectStore itsStore) {
    return remembered(RaftlessLog.open(itsStore, ID, OPTIONS, VacuumTest.runtime(clock)));
  }

  private RaftlessLog remembered(RaftlessLog opened) {
    processes.add(opened);
    return opened;
  }

  /** What can come between an append that landed and the look-up of its outcome. */
  enum Event {
    FENCE,
    NEWER_HOLDER,
    ANOTHER_APPEND,
    HORIZON,
    COMPACTION,
    TRIM,
    COMPACTION_AND_TRIM,
    GROWTH,
    ALL
  }

  private void happen(Event event) throws Exception {
    switch (event) {
      case FENCE -> log.fence("now").join();
      case NEWER_HOLDER -> log.acquire("w", "newer").join();
      case ANOTHER_APPEND -> appendSome(20);
      case HORIZON -> vacuumEverythingUnneeded();
      case COMPACTION -> log.compact(0, CompactionOptions.defaults().forced());
      case TRIM -> log.trimToLatest(0).join();
      case COMPACTION_AND_TRIM -> {
        happen(Event.COMPACTION);
        happen(Event.TRIM);
      }
      case GROWTH -> log.addPartitions(3).join();
      case ALL -> {
        happen(Event.ANOTHER_APPEND);
        happen(Event.COMPACTION);
        happen(Event.GROWTH);
        happen(Event.NEWER_HOLDER);
        happen(Event.TRIM);
        happen(Event.FENCE);
      }
    }
  }

  private void appendSome(int count) throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      for (int i = 0; i < count; i++) {
        writer.append(0, record("other " + i)).join();
      }
    }
  }

  /** Moves the horizon over everything that there is by now. */
  private void vacuumEverythingUnneeded() {
    clock.move(Duration.ofHours(2));
    log.vacuum(VacuumOptions.defaults().withRetention(Duration.ofHours(1)), key -> {}).join();
  }

  @ParameterizedTest
  @EnumSource(Event.class)
  void anAppendThatLandedWithItsResponseLostIsCommittedWhateverFollowedIt(Event event)
      throws Exception {
    var claims = stalled.acquire("w", "older").join();
    try (LogWriter writer =
        stalled.newWriter(WriterOptions.defaults().withLingerMillis(0), claims)) {
      writer.append(0, record("before")).join();
      held.hold(HeldHeads.Hold.ANSWER);
      CompletableFuture<Long> landed = writer.append(0, record("landed"));
      held.await(1);
      held.hold(HeldHeads.Hold.NOTHING);
      happen(event);
      held.timeOut(0);
      assertThat(landed.join()).isEqualTo(1);
    }
    assertThat(log.verify(VerifyOptions.full()).findings()).isEmpty();
    boolean isTrimmed = log.status(0).join().startOffset() > 0;
    assertThat(texts(log, 0, log.status(0).join().startOffset()))
        .filteredOn("landed"::equals)
        .hasSize(isTrimmed ? 0 : 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Event.class,
      names = {"FENCE", "NEWER_HOLDER"},
      mode = EnumSource.Mode.EXCLUDE)
  void aCommitThatStallsBeforeItsWriteWhileAnotherCommitsTheSameLabelsIsThereOnce(Event event)
      throws Exception {
    List<StagedBatch> staged = staged("x");
    held.hold(HeldHeads.Hold.REQUEST);
    CompletableFuture<CommitResult> first = stalled.commit(0, staged, null, null);
    held.await(1);
    held.hold(HeldHeads.Hold.NOTHING);
    assertThat(log.commit(0, staged, null, null).join().alreadyCommitted()).isZero();
    happen(event);
    // The write arrives long after, on a head that is no more; and nobody hears of that either.
    assertThat(held.land(0)).isInstanceOf(PutOutcome.Conflict.class);
    held.answer(0, new PutOutcome.Unknown(new TimeoutException("no response")));
    assertThat(first.join()).isEqualTo(new CommitResult(List.of(0L), 1));
    assertThat(log.verify(VerifyOptions.full()).findings()).isEmpty();
  }

  private List<StagedBatch> staged(String... texts) throws Exception {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      for (String text : texts) {
        stager.add(0, record(text));
      }
      return stager.stage().join().get(0);
    }
  }

  @Test
  void stagedBatchesSurviveEverythingWithinTheRetentionAndFailLoudlyOutsideOfIt() throws Exception {
    List<StagedBatch> forgotten = staged("never committed, and too old");
    clock.move(Duration.ofDays(2));
    List<StagedBatch> committed = staged("committed", "before");
    List<StagedBatch> waiting = staged("committed", "after");
    log.commit(0, committed, null, null).join();
    appendSome(30);
    log.compact(0, CompactionOptions.defaults().forced());
    log.trim(0, 20).join();
    appendSome(30);
    log.compact(0, CompactionOptions.defaults().forced());
    log.trimToLatest(0).join();
    log.addPartitions(4).join();
    clock.move(Duration.ofHours(6));
    log.vacuum(VacuumOptions.defaults().withRetention(Duration.ofDays(1)), key -> {}).join();

    RaftlessLog restored = process(store);
    assertThat(restored.commit(0, committed, null, null).join())
        .isEqualTo(new CommitResult(List.of(0L), 1));
    assertThat(restored.commit(0, waiting, null, null).join())
        .isEqualTo(new CommitResult(List.of(62L), 0));
    assertThat(texts(restored, 0, 62)).containsExactly("committed", "after");
    assertThatThrownBy(() -> restored.commit(0, forgotten, null, null).join())
        .hasCauseInstanceOf(RaftlessException.StagedBatchExpired.class)
        .hasMessageContainingAll(
            forgotten.get(0).batch().label().toString(), "Restore a younger checkpoint");
    // What was committed is forgotten too, once it is older than the retention: nobody can tell.
    clock.move(Duration.ofDays(2));
    log.vacuum(VacuumOptions.defaults().withRetention(Duration.ofDays(1)), key -> {}).join();
    RaftlessLog restoredLater = process(store);
    assertThatThrownBy(() -> restoredLater.commit(0, committed, null, null).join())
        .hasCauseInstanceOf(RaftlessException.StagedBatchExpired.class);
    // Who has seen it in the index knows for good.
    assertThat(restored.commit(0, committed, null, null).join().alreadyCommitted()).isEqualTo(1);
    assertThat(restored.verify(VerifyOptions.full()).findings()).isEmpty();
  }

  @Test
  void ofThreeRequestsOfAWriterOverTwoGroupsNoneCommitsIfTheFirstIsRejected() throws Exception {
    try (LogWriter writer = stalled.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      writer.append(0, record("before")).join();
      held.hold(HeldHeads.Hold.REQUEST);
      CompletableFuture<Long> other =
          stalled
              .newWriter(WriterOptions.defaults().withLingerMillis(0))
              .append(0, record("other"));
      held.await(1);
      // While that write is under way, the next group gathers: its first request is rejected.
      CompletableFuture<Long> first =
          writer.append(0, List.of(record("first")), AppendConditions.at(77));
      CompletableFuture<Long> second =
          writer.append(0, List.of(record("second")), AppendConditions.NONE);
      held.hold(HeldHeads.Hold.NOTHING);
      held.answer(0, held.land(0));
      assertThat(other.join()).isEqualTo(1);
      assertThatThrownBy(first::join).hasCauseInstanceOf(RaftlessException.OffsetMismatch.class);
      CompletableFuture<Long> third = writer.append(0, record("third"));
      assertThatThrownBy(second::join)
          .hasCauseInstanceOf(RaftlessException.EarlierRequestFailed.class);
      assertThatThrownBy(third::join)
          .hasCauseInstanceOf(RaftlessException.EarlierRequestFailed.class);
    }
    assertThat(texts(log, 0, 0)).containsExactly("before", "other");
  }

  @Test
  void aGroupLargerThanLevelZeroOfTheHeadIsCommittedByOneWrite() throws Exception {
    int writers = 100;
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    held.hold(HeldHeads.Hold.REQUEST);
    for (int i = 0; i < writers; i++) {
      LogWriter writer =
          stalled.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(0));
      offsets.add(writer.append(0, record("w" + i)));
      held.await(1);
    }
    Await.until("all but the first are uploaded", () -> walObjects() == writers);
    held.hold(HeldHeads.Hold.NOTHING);
    held.answer(0, held.land(0));
    assertThat(offsets.stream().map(CompletableFuture::join)).doesNotHaveDuplicates().hasSize(100);
    long version = log.partition(0).readHead().join().orElseThrow().version();
    // Creation, one write for the first, and one or a few for all the others.
    assertThat(version).isLessThan(writers / 4);
    assertThat(texts(log, 0, 0)).hasSize(writers);
    assertThat(log.verify(VerifyOptions.full()).findings()).isEmpty();
  }

  private long walObjects() {
    return store.list("test/log/" + log.incarnation() + "/wal/", null).join().objects().size();
  }
}
