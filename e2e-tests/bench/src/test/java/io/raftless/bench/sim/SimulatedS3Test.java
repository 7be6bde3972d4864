package io.raftless.bench.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SimulatedS3Test {
  private static final double PUT_MILLIS = 30;
  private static final double GET_MILLIS = 16;
  private static final double REPLACEMENTS = 15;
  private static final double BYTES_PER_SECOND = 1e6;

  private final VirtualTime time = new VirtualTime();
  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final S3Model model =
      new S3Model(
          Latency.constant(PUT_MILLIS),
          Latency.constant(GET_MILLIS),
          Latency.constant(PUT_MILLIS),
          BYTES_PER_SECOND,
          REPLACEMENTS,
          1_000,
          1_000,
          1);
  private SimulatedS3 store = new SimulatedS3(memory, model, 1, time);

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count);
  }

  private boolean isThere(String key) {
    return memory.get(key).join() instanceof GetOutcome.Found;
  }

  private ETag created(String key) {
    CompletableFuture<PutOutcome> put = store.putIfAbsent(key, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    return ((PutOutcome.Stored) put.join()).etag();
  }

  @Test
  void aPutTakesEffectInTheMiddleOfItsTimeAndIsAnsweredAtItsEnd() {
    CompletableFuture<PutOutcome> put = store.putIfAbsent("a/b", bytes(0));
    time.advanceMillis(14.9);
    assertThat(isThere("a/b")).isFalse();
    time.advanceMillis(0.2);
    assertThat(isThere("a/b")).isTrue();
    time.advanceMillis(14.8);
    assertThat(put).isNotDone();
    time.advanceMillis(0.2);
    assertThat(put).isCompletedWithValueMatching(PutOutcome.Stored.class::isInstance);
  }

  @Test
  void aBodyTakesItsTimeOnTheWayThereAndBack() {
    CompletableFuture<PutOutcome> put = store.putIfAbsent("a/b", bytes(5_000));
    time.advanceMillis(PUT_MILLIS + 4.9);
    assertThat(put).isNotDone();
    time.advanceMillis(0.2);
    assertThat(put).isDone();
    CompletableFuture<GetOutcome> get = store.getRange("a/b", 0, 2_000);
    time.advanceMillis(GET_MILLIS + 1.9);
    assertThat(get).isNotDone();
    time.advanceMillis(0.2);
    assertThat(get).isDone();
  }

  @Test
  void ofTwoReplacementsOfOneVersionTheFirstSucceedsAndTheOtherIsRefused() {
    ETag first = created("a/head");
    CompletableFuture<PutOutcome> one = store.putIfMatch("a/head", first, bytes(0));
    CompletableFuture<PutOutcome> other = store.putIfMatch("a/head", first, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    assertThat(one.join()).isInstanceOf(PutOutcome.Stored.class);
    assertThat(other.join()).isInstanceOf(PutOutcome.Conflict.class);
  }

  @Test
  void aKeyTakesFifteenReplacementsASecondAndNoMore() {
    ETag etag = created("a/head");
    int stored = 0;
    CompletableFuture<PutOutcome> put = store.putIfMatch("a/head", etag, bytes(0));
    for (int i = 0; i < 10_000; i++) {
      time.advanceMillis(1);
      if (put.isDone()) {
        stored++;
        etag = ((PutOutcome.Stored) put.join()).etag();
        put = store.putIfMatch("a/head", etag, bytes(0));
      }
    }
    assertThat(stored).isBetween(148, 150);
  }

  @Test
  void anotherKeyIsNotHeldUp() {
    ETag one = created("a/one");
    ETag other = created("a/other");
    CompletableFuture<PutOutcome> first = store.putIfMatch("a/one", one, bytes(0));
    CompletableFuture<PutOutcome> second = store.putIfMatch("a/other", other, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    assertThat(first).isDone();
    assertThat(second).isDone();
  }

  @Test
  void whoKnowsAnOldVersionIsRefusedAtOnceThoughTheKeyIsOccupied() {
    ETag old = created("a/head");
    CompletableFuture<PutOutcome> winner = store.putIfMatch("a/head", old, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    assertThat(winner).isDone();
    CompletableFuture<PutOutcome> stale = store.putIfMatch("a/head", old, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    assertThat(stale.join()).isInstanceOf(PutOutcome.Conflict.class);
  }

  @Test
  void whoFindsTheKeyOccupiedWaitsAndOfThoseWhoWaitTheFirstSucceeds() {
    ETag first = created("a/head");
    CompletableFuture<PutOutcome> winner = store.putIfMatch("a/head", first, bytes(0));
    time.advanceMillis(PUT_MILLIS);
    ETag next = ((PutOutcome.Stored) winner.join()).etag();
    CompletableFuture<PutOutcome> one = store.putIfMatch("a/head", next, bytes(0));
    CompletableFuture<PutOutcome> other = store.putIfMatch("a/head", next, bytes(0));
    // It was occupied in the middle of the winner's time, 15 ms ago, for 66.7 ms.
    time.advanceMillis(66.6);
    assertThat(one).isNotDone();
    time.advanceMillis(0.2);
    assertThat(one.join()).isInstanceOf(PutOutcome.Stored.class);
    assertThat(other.join()).isInstanceOf(PutOutcome.Conflict.class);
  }

  @Test
  void aWriteBeyondTheRateIsUnknownAndWasNotMade() {
    store = new SimulatedS3(memory, model.withRequestRates(2, 2), 1, time);
    List<CompletableFuture<PutOutcome>> puts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      puts.add(store.putIfAbsent("a/" + i, bytes(0)));
    }
    CompletableFuture<PutOutcome> elsewhere = store.putIfAbsent("b/0", bytes(0));
    time.advanceMillis(PUT_MILLIS);
    assertThat(puts.get(1).join()).isInstanceOf(PutOutcome.Stored.class);
    assertThat(puts.get(2).join())
        .isInstanceOfSatisfying(
            PutOutcome.Unknown.class,
            unknown -> assertThat(unknown.cause()).hasMessageContaining("SlowDown"));
    assertThat(elsewhere.join()).isInstanceOf(PutOutcome.Stored.class);
    assertThat(isThere("a/2")).isFalse();
    assertThat(store.bill()).isEqualTo(new Bill(3, 0, 0, 0, 1));
  }

  @Test
  void aReadBeyondTheRateIsRepeatedAndSucceedsWhenThereIsRoom() {
    store = new SimulatedS3(memory, model.withRequestRates(10, 10), 1, time);
    List<CompletableFuture<GetOutcome>> gets = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      gets.add(store.get("a/x"));
    }
    time.advanceMillis(GET_MILLIS);
    assertThat(gets.get(10)).isNotDone();
    time.advanceMillis(4_000);
    assertThat(gets.get(10).join()).isInstanceOf(GetOutcome.Missing.class);
  }

  @Test
  void aReadThatFindsNoRoomThreeTimesIsUnavailable() {
    store = new SimulatedS3(memory, model.withRequestRates(1, 1), 1, time);
    CompletableFuture<GetOutcome> refused = new CompletableFuture<>();
    for (int i = 0; i < 200; i++) {
      CompletableFuture<GetOutcome> get = store.get("a/x");
      if (i == 1) {
        refused = get;
      }
      time.advanceMillis(50);
    }
    assertThat(refused.handle((found, trouble) -> trouble).join())
        .isInstanceOfSatisfying(
            StoreException.class, trouble -> assertThat(trouble.isTransient()).isTrue());
  }

  @Test
  void theBillHasWhatWasAskedAndItsPrice() {
    ETag etag = created("a/x");
    var lost = store.putIfMatch("a/x", new ETag("other"), bytes(0));
    var unchanged = store.getIfChanged("a/x", etag);
    var page = store.list("a/", null);
    var gone = store.delete("a/x");
    time.advanceMillis(PUT_MILLIS);
    assertThat(List.of(lost, unchanged, page, gone)).allMatch(CompletableFuture::isDone);
    Bill bill = store.bill();
    assertThat(bill).isEqualTo(new Bill(2, 1, 1, 1, 0));
    assertThat(bill.requests()).isEqualTo(5);
    assertThat(bill.dollars()).isEqualTo(3 * 5e-6 + 0.4e-6);
  }

  @Test
  void theSameSeedGivesTheSameTimes() {
    assertThat(times(5)).isEqualTo(times(5)).isNotEqualTo(times(6));
  }

  private List<Long> times(long seed) {
    VirtualTime clock = new VirtualTime();
    SimulatedS3 seeded = new SimulatedS3(new MemoryObjectStore(), S3Model.standard(), seed, clock);
    List<Long> ends = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      var unused = seeded.putIfAbsent("a/" + i, bytes(0)).thenRun(() -> ends.add(clock.nanos()));
    }
    clock.advanceMillis(10_000);
    assertThat(ends).hasSize(50);
    return ends;
  }

  @Test
  void whatIsUnderWayWhenItIsClosedFails() {
    CompletableFuture<PutOutcome> put = store.putIfAbsent("a/b", bytes(0));
    store.close();
    assertThat(put).isCompletedExceptionally();
  }
}
