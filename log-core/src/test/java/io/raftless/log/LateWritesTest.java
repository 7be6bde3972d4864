package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.head.Head;
import io.raftless.head.WriterEntry;
import io.raftless.index.IndexShape;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Writes that were given up as unknown and arrive long after somebody was told how things are: what
 * was told stays true (design §4: a transition that is not monotone always writes).
 */
@Timeout(60)
class LateWritesTest {
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofMinutes(30), IndexShape.defaults());

  private final MovableClock clock = new MovableClock();
  private final MemoryObjectStore memory = new MemoryObjectStore(clock);
  private final HeldHeads store = new HeldHeads(memory);
  private final RaftlessLog log =
      RaftlessLog.create(store, LogId.of("", "log"), 1, OPTIONS, VacuumTest.runtime(clock));

  @AfterEach
  void close() {
    log.close();
    memory.close();
  }

  /** Time runs out while the first write of the future's update is on its way. */
  private void giveUp(CompletableFuture<?> future) {
    store.await(1);
    store.hold(HeldHeads.Hold.NOTHING);
    clock.move(Duration.ofHours(1));
    store.timeOut(0);
    assertThatThrownBy(future::join).hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
  }

  private Head head() {
    return log.partition(0).readHead().join().orElseThrow();
  }

  private @Nullable String position() {
    WriterEntry writer = head().writers().get("w");
    return writer == null ? null : writer.position();
  }

  private WriterClaim acquired() {
    Map<Integer, WriterClaim> claims = log.acquire("w", "h").join();
    return claims.values().iterator().next();
  }

  @Test
  void thePositionThatAnAcquireReturnedStaysUntilSomebodyStoresAnother() {
    WriterClaim claim = acquired();
    store.hold(HeldHeads.Hold.REQUEST);
    giveUp(log.storePosition(claim, null, "B"));
    WriterClaim again = acquired();
    assertThat(again.position()).isNull();
    assertThat(again.epoch()).isEqualTo(claim.epoch());
    assertThat(store.land(0)).isInstanceOf(PutOutcome.Conflict.class);
    assertThat(position()).isNull();
  }

  @Test
  void aPositionThatWasReportedAsStoredIsNotUndone() {
    WriterClaim claim = acquired();
    log.storePosition(claim, null, "B").join();
    store.hold(HeldHeads.Hold.REQUEST);
    giveUp(log.storePosition(claim, "B", "A"));
    // The caller thinks better of it: whatever became of the rewind, it shall be B.
    log.storePosition(claim, "A", "B").join();
    assertThat(store.land(0)).isInstanceOf(PutOutcome.Conflict.class);
    assertThat(position()).isEqualTo("B");
  }

  @Test
  void anAppendOfUnknownOutcomeIsDecidedOnceItsHolderAcquiredAgain() throws Exception {
    Map<Integer, WriterClaim> claims = log.acquire("w", "h").join();
    LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0), claims);
    store.hold(HeldHeads.Hold.REQUEST);
    giveUp(writer.append(0, List.of(record("r")), AppendConditions.withPosition("1")));
    assertThat(acquired().position()).isNull();
    assertThat(store.land(0)).isInstanceOf(PutOutcome.Conflict.class);
    assertThat(position()).isNull();
    assertThat(head().nextOffset()).isZero();
  }

  @Test
  void aChangeOfSettingsWhoseAnswerWasLostIsNotMadeAgainOverLaterOnes() {
    FaultyObjectStore faulty = new FaultyObjectStore(memory);
    try (RaftlessLog stalled =
        RaftlessLog.open(faulty, log.id(), OPTIONS, VacuumTest.runtime(clock))) {
      faulty.afterNext(
          "log.json",
          Fault.RESPONSE_LOST,
          () -> {
            log.changeSettings(now -> now.withVacuumRetention(Duration.ofDays(30))).join();
            for (int i = 0; i < 16; i++) {
              log.changeSettings(now -> now).join();
            }
          });
      assertThatThrownBy(
              () ->
                  stalled.changeSettings(now -> now.withVacuumRetention(Duration.ofDays(1))).join())
          .hasCauseInstanceOf(RaftlessException.UnknownOutcome.class);
    }
    assertThat(Duration.ofMillis(log.refreshSettings().join().vacuumRetentionMillis()))
        .isEqualTo(Duration.ofDays(30));
  }
}
