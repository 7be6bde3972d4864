package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import io.raftless.index.IndexShape;
import io.raftless.maintenance.RetentionOutcome;
import io.raftless.maintenance.RetentionPolicy;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetentionTest {
  private static final LogId ID = LogId.of("", "log");
  private static final LogOptions OPTIONS =
      new LogOptions(Duration.ofSeconds(20), new IndexShape(4, 3, 4));
  private static final RetentionPolicy ALL = RetentionPolicy.keepAll();

  private final MovableClock clock = new MovableClock();
  private final ObjectStore store = new MemoryObjectStore(clock);
  private final RaftlessLog log =
      RaftlessLog.create(store, ID, 2, OPTIONS, VacuumTest.runtime(clock));

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private static CompletableFuture<OptionalLong> noPin(int partition) {
    return CompletableFuture.completedFuture(OptionalLong.empty());
  }

  /** One batch of one record, with the clock's time plus this. */
  private void append(int partition, Duration ahead) throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      byte[] value = "value".getBytes(StandardCharsets.UTF_8);
      long timestamp = clock.instant().plus(ahead).toEpochMilli();
      writer.append(partition, LogRecord.of(null, value, timestamp)).join();
    }
  }

  /** One batch an hour. */
  private void fill(int batches) throws Exception {
    for (int i = 0; i < batches; i++) {
      append(0, Duration.ZERO);
      clock.move(Duration.ofHours(1));
    }
  }

  private RetentionOutcome retain(
      RetentionPolicy policy, IntFunction<CompletableFuture<OptionalLong>> pins) {
    List<RetentionOutcome> outcomes = log.retain(policy, pins).join();
    assertThat(outcomes).hasSize(2);
    return outcomes.get(0);
  }

  private static RetentionOutcome outcome(long before, long after, long wanted) {
    return new RetentionOutcome(0, before, after, wanted, OptionalLong.empty(), null);
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    try {
      throw new AssertionError("no failure but " + future.join());
    } catch (CompletionException e) {
      return Objects.requireNonNull(e.getCause());
    }
  }

  @Test
  void byAgeWhatIsOlderGoes() throws Exception {
    fill(30);
    assertThat(retain(ALL.withMostAge(Duration.ofHours(100)), RetentionTest::noPin))
        .isEqualTo(outcome(0, 0, 0));
    assertThat(retain(ALL.withMostAge(Duration.ofHours(10)), RetentionTest::noPin))
        .isEqualTo(outcome(0, 20, 20));
    assertThat(texts(log, 0, 20)).hasSize(10);
    assertThat(retain(ALL.withMostAge(Duration.ofHours(10)), RetentionTest::noPin))
        .isEqualTo(outcome(20, 20, 20));
    clock.move(Duration.ofDays(2));
    assertThat(retain(ALL.withMostAge(Duration.ofHours(10)), RetentionTest::noPin))
        .isEqualTo(outcome(20, 30, 30));
  }

  @Test
  void byAgeNothingGoesBeyondABatchThatIsYounger() throws Exception {
    fill(3);
    append(0, Duration.ofHours(20));
    fill(10);
    clock.move(Duration.ofHours(5));
    assertThat(retain(ALL.withMostAge(Duration.ofHours(1)), RetentionTest::noPin))
        .isEqualTo(outcome(0, 3, 3));
  }

  @Test
  void byAgeTheClockThatIsBehindCounts() throws Exception {
    fill(10);
    MovableClock ahead = new MovableClock();
    ahead.move(Duration.ofHours(10 + 20));
    try (RaftlessLog wrong = RaftlessLog.open(store, ID, OPTIONS, VacuumTest.runtime(ahead))) {
      RetentionPolicy policy = ALL.withMostAge(Duration.ofHours(10));
      assertThat(wrong.retain(policy, RetentionTest::noPin).join().get(0))
          .isEqualTo(outcome(0, 0, 0));
    }
  }

  @Test
  void byBytesTheNewestWithinThemStay() throws Exception {
    fill(30);
    long bytes = log.partition(0).readHead().join().orElseThrow().wal().entries().get(0).bytes();
    assertThat(retain(ALL.withMostBytes(30 * bytes), RetentionTest::noPin))
        .isEqualTo(outcome(0, 0, 0));
    assertThat(retain(ALL.withMostBytes(12 * bytes + 1), RetentionTest::noPin))
        .isEqualTo(outcome(0, 18, 18));
    assertThat(retain(ALL.withMostBytes(0), RetentionTest::noPin)).isEqualTo(outcome(18, 30, 30));
  }

  @Test
  void whatAnyLimitLetsGoGoes() throws Exception {
    fill(30);
    assertThat(retain(ALL.withMostAge(Duration.ofHours(25)).withFrom(8), RetentionTest::noPin))
        .isEqualTo(outcome(0, 8, 8));
    assertThat(retain(ALL.withMostAge(Duration.ofHours(10)).withFrom(9), RetentionTest::noPin))
        .isEqualTo(outcome(8, 20, 20));
    assertThat(retain(ALL.withFrom(1_000), RetentionTest::noPin)).isEqualTo(outcome(20, 30, 30));
  }

  @Test
  void whatAGroupHasNotReadStays() throws Exception {
    fill(30);
    RetentionPolicy policy = ALL.withMostAge(Duration.ofHours(10));
    for (long pin : new long[] {0, 12, 25}) {
      RetentionOutcome outcome =
          retain(policy, p -> CompletableFuture.completedFuture(OptionalLong.of(pin)));
      assertThat(outcome.startAfter()).isEqualTo(Math.min(20, pin));
      assertThat(outcome.wanted()).isEqualTo(20);
      assertThat(outcome.isPinned()).isEqualTo(pin < 20);
    }
  }

  @Test
  void whenThePinCannotBeReadNothingGoesAndTheOutcomeSaysSo() throws Exception {
    fill(30);
    IllegalStateException trouble = new IllegalStateException("no cursor to be read");
    RetentionOutcome outcome =
        retain(ALL.withMostAge(Duration.ofHours(10)), p -> CompletableFuture.failedFuture(trouble));
    assertThat(outcome.trouble()).contains(trouble);
    assertThat(outcome.trimmed()).isZero();
    assertThat(log.status(0).join().startOffset()).isZero();
  }

  @Test
  void trimToAnOffsetToATimeAndToTheEnd() throws Exception {
    long first = clock.millis();
    fill(10);
    assertThat(log.trim(0, 2).join()).isEqualTo(2);
    assertThat(log.trim(0, 1).join()).isEqualTo(2);
    assertThat(failureOf(log.trim(0, 11)))
        .isInstanceOf(RaftlessException.OffsetOutOfRange.class)
        .hasMessageContaining("ends at offset 10");
    long fifth = first + Duration.ofHours(5).toMillis();
    assertThat(log.trimToTime(0, fifth).join()).isEqualTo(5);
    assertThat(log.trimToTime(0, first).join()).isEqualTo(5);
    assertThat(log.trimToTime(0, fifth + 1).join()).isEqualTo(6);
    assertThat(log.trimToLatest(0).join()).isEqualTo(10);
    assertThat(log.trimToLatest(1).join()).isZero();
  }

  @Test
  void trimToTheEndDoesNotTrimWhatIsAppendedWhileItIsTriedAgain() throws Exception {
    fill(3);
    GatedStore gated = new GatedStore(store);
    try (RaftlessLog admin = RaftlessLog.open(gated, ID, OPTIONS, VacuumTest.runtime(clock))) {
      gated.hold("/0/head");
      CompletableFuture<Long> trimmed = admin.trimToLatest(0);
      gated.await(1);
      append(0, Duration.ZERO);
      append(0, Duration.ZERO);
      gated.open();
      assertThat(trimmed.join()).isEqualTo(3);
      assertThat(texts(log, 0, 3)).hasSize(2);
    }
  }

  @Test
  void byAgeAClockThatJumpedAheadSinceTheLogWasOpenedDoesNotCount() throws Exception {
    fill(10);
    MovableClock jumping = new MovableClock();
    jumping.move(Duration.ofHours(10));
    try (RaftlessLog opened = RaftlessLog.open(store, ID, OPTIONS, VacuumTest.runtime(jumping))) {
      // What is known is read conditionally from now on.
      assertThat(opened.status(0).join().nextOffset()).isEqualTo(10);
      jumping.move(Duration.ofDays(30));
      RetentionPolicy policy = ALL.withMostAge(Duration.ofDays(7));
      assertThat(opened.retain(policy, RetentionTest::noPin).join().get(0))
          .isEqualTo(outcome(0, 0, 0));
    }
  }

  @Test
  void aStoreThatCannotBeAskedTheTimeIsAFailureAndNothingGoes() throws Exception {
    fill(10);
    AtomicBoolean isBroken = new AtomicBoolean();
    ObjectStore breaking =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> get(String key) {
            return isBroken.get()
                ? CompletableFuture.failedFuture(StoreException.refused("broken by the test"))
                : super.get(key);
          }
        };
    try (RaftlessLog opened = RaftlessLog.open(breaking, ID, OPTIONS, VacuumTest.runtime(clock))) {
      isBroken.set(true);
      RetentionPolicy policy = ALL.withMostAge(Duration.ofHours(1));
      assertThat(failureOf(opened.retain(policy, RetentionTest::noPin)))
          .isInstanceOf(RaftlessException.Failed.class)
          .hasMessageContaining("broken by the test");
    }
    assertThat(log.status(0).join().startOffset()).isZero();
  }
}
