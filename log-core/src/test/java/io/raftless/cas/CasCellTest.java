package io.raftless.cas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.FaultyObjectStore.Fault;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of docs/protocol.md, section 4, row by row, on a counter. */
@Timeout(60)
class CasCellTest {
  private static final String KEY = "counter";
  private static final Duration LONG = Duration.ofSeconds(30);

  /** A number that several processes increase. */
  private record Counter(long version, long value) {}

  private static final Schema<Counter> SCHEMA =
      new Schema<>() {
        @Override
        public Counter decode(ByteBuffer body) {
          String[] parts = StandardCharsets.UTF_8.decode(body.duplicate()).toString().split(" ", 2);
          return new Counter(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }

        @Override
        public ByteBuffer encode(Counter counter) {
          return StandardCharsets.UTF_8.encode(counter.version() + " " + counter.value());
        }

        @Override
        public long version(Counter counter) {
          return counter.version();
        }

        @Override
        public Counter stamped(Counter counter, long version) {
          return new Counter(version, counter.value());
        }
      };

  private final FaultyObjectStore faulty = new FaultyObjectStore(new MemoryObjectStore());
  private final CountingObjectStore store = new CountingObjectStore(faulty);
  private final LogRuntime runtime = LogRuntime.start();

  @AfterEach
  void stop() {
    runtime.stop();
    store.close();
  }

  private CasCell<Counter> cell() {
    return new CasCell<>(
        store, KEY, SCHEMA, runtime, () -> CompletableFuture.completedFuture(new Counter(0, 0)));
  }

  /** To a fixed value: its effect shows in the state. */
  private record SetTo(long value) implements Transition<Counter, Long> {
    @Override
    public Verdict<Counter, Long> apply(Counter counter) {
      return counter.value() == value
          ? new Verdict.Hold<>(value)
          : new Verdict.Replace<>(new Counter(0, value), value, List.of());
    }
  }

  /** Increases what is below a bound; once attempted, it does not know its effect and gives up. */
  private static final class Fickle implements Transition<Counter, String> {
    private final boolean isAttempted;
    private final List<Long> seen;

    Fickle(boolean isAttempted, List<Long> seen) {
      this.isAttempted = isAttempted;
      this.seen = seen;
    }

    @Override
    public Verdict<Counter, String> apply(Counter counter) {
      seen.add(counter.version());
      if (counter.value() == 7) {
        return new Verdict.Hold<>("landed");
      }
      return isAttempted
          ? new Verdict.Reject<>("rejected")
          : new Verdict.Replace<>(new Counter(0, 7), "stored", List.of());
    }

    @Override
    public Transition<Counter, String> attempted() {
      return new Fickle(true, seen);
    }
  }

  @Test
  void anUncontendedUpdateIsOnePut() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    var before = store.counts();
    cell.update(new SetTo(2), LONG).join();
    assertThat(store.counts().since(before).total()).isEqualTo(1);
    assertThat(store.counts().since(before).puts()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void whateverBecomesOfAnAttemptTheUpdateEndsWithItsEffect(Fault fault) {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    faulty.next(KEY, fault);
    assertThat(cell.update(new SetTo(2), LONG).join()).isEqualTo(2);
    faulty.landLate();
    assertThat(cell().read().join().state().value()).isEqualTo(2);
  }

  @Test
  void aRejectionWhileAnAttemptMayLandIsSaidOnlyAfterABarrier() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    long version = cell.read().join().state().version();
    faulty.next(KEY, Fault.LANDS_LATE);
    List<Long> seen = new ArrayList<>();
    assertThat(cell.update(new Fickle(false, seen), LONG).join()).isEqualTo("rejected");
    // First attempt and first rejection on the same version, the second one behind the barrier.
    assertThat(seen).containsExactly(version, version, version + 1);
    faulty.landLate();
    assertThat(cell().read().join().state()).isEqualTo(new Counter(version + 1, 1));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aBarrierWhoseOwnOutcomeIsUnknownIsResolvedToo(Fault fault) {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    faulty.next(KEY, Fault.LANDS_LATE);
    faulty.next(KEY, fault);
    String outcome = cell.update(new Fickle(false, new ArrayList<>()), LONG).join();
    assertThat(outcome).isEqualTo("rejected");
    faulty.landLate();
    assertThat(cell().read().join().state().value()).isEqualTo(1);
  }

  @Test
  void anAttemptThatLandsBeforeTheBarrierIsSeen() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    faulty.next(KEY, Fault.RESPONSE_LOST);
    assertThat(cell.update(new Fickle(false, new ArrayList<>()), LONG).join()).isEqualTo("landed");
  }

  @Test
  void whenTimeIsUpAnUndecidedAttemptIsUnknownAndNoAttemptIsFailed() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    for (int i = 0; i < 100; i++) {
      faulty.next(KEY, Fault.SERVER_ERROR);
    }
    assertThatThrownBy(() -> cell.update(new SetTo(2), Duration.ofMillis(300)).join())
        .cause()
        .isInstanceOfSatisfying(UpdateException.class, e -> assertThat(e.isUnknown()).isTrue());
    faulty.behave();
    assertThatThrownBy(() -> cell.update(new SetTo(3), Duration.ofMillis(-1)).join())
        .cause()
        .isInstanceOfSatisfying(UpdateException.class, e -> assertThat(e.isUnknown()).isFalse());
  }

  /** Forgets its effect once it was attempted, and says so. */
  private record Forgetful(boolean isAttempted) implements Transition<Counter, Long> {
    @Override
    public Verdict<Counter, Long> apply(Counter counter) {
      return new Verdict.Replace<>(new Counter(0, counter.value() + 1), 0L, List.of());
    }

    @Override
    public boolean cannotTell(Counter counter) {
      return isAttempted;
    }

    @Override
    public Transition<Counter, Long> attempted() {
      return new Forgetful(true);
    }
  }

  @Test
  void whatNobodyCanTellAnyMoreIsUnknownThoughNothingIsUndecided() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    // It lands, with its response lost; then the store refuses for good.
    ObjectStore refusing =
        new ForwardingObjectStore(store) {
          private int writes;

          @Override
          public CompletableFuture<PutOutcome> putIfMatch(
              String key, ETag expected, ByteBuffer body) {
            return ++writes == 1
                ? super.putIfMatch(key, expected, body)
                    .thenApply(o -> new PutOutcome.Unknown(new IllegalStateException("lost")))
                : CompletableFuture.failedFuture(StoreException.refused("403"));
          }
        };
    CasCell<Counter> refused =
        new CasCell<>(
            refusing,
            KEY,
            SCHEMA,
            runtime,
            () -> CompletableFuture.completedFuture(new Counter(0, 0)));
    assertThatThrownBy(() -> refused.update(new Forgetful(false), LONG).join())
        .cause()
        .isInstanceOfSatisfying(UpdateException.class, e -> assertThat(e.isUnknown()).isTrue());
  }

  @Test
  void aStoreThatThrowsIsNoAnswerAndTheUpdateEndsAllTheSame() {
    ObjectStore throwing =
        new ForwardingObjectStore(store) {
          @Override
          public CompletableFuture<GetOutcome> get(String key) {
            throw new OutOfMemoryError("no thread");
          }
        };
    CasCell<Counter> cell =
        new CasCell<>(
            throwing,
            KEY,
            SCHEMA,
            runtime,
            () -> CompletableFuture.completedFuture(new Counter(0, 0)));
    assertThatThrownBy(() -> cell.update(new SetTo(1), LONG).join())
        .hasMessageContaining("no thread");
  }

  @Test
  void whatWasKnownLongAgoIsNotBelieved() {
    CasCell<Counter> mine = cell();
    CasCell<Counter> theirs = cell();
    mine.update(new SetTo(5), LONG).join();
    theirs.update(new SetTo(6), LONG).join();
    assertThat(mine.update(new SetTo(5), LONG).join()).isEqualTo(5);
    assertThat(theirs.read().join().state().value()).isEqualTo(5);
  }

  @Test
  void manyUpdatesAtOnceAllHaveTheirEffect() {
    List<CompletableFuture<Long>> all = new ArrayList<>();
    List<CasCell<Counter>> cells = List.of(cell(), cell(), cell());
    for (int i = 0; i < 60; i++) {
      all.add(cells.get(i % 3).update(new Increase(), LONG));
    }
    assertThat(all.stream().map(CompletableFuture::join).distinct()).hasSize(60);
    assertThat(cell().read().join().state().value()).isEqualTo(60);
  }

  /** Not idempotent, so it counts on conflicts meaning what they say. */
  private record Increase() implements Transition<Counter, Long> {
    @Override
    public Verdict<Counter, Long> apply(Counter counter) {
      long next = counter.value() + 1;
      return new Verdict.Replace<>(new Counter(0, next), next, List.of());
    }
  }

  @Test
  void anObjectThatIsGoneIsAnError() {
    CasCell<Counter> cell = cell();
    cell.update(new SetTo(1), LONG).join();
    faulty.delete(KEY).join();
    assertThatThrownBy(() -> cell.update(new SetTo(2), LONG).join())
        .hasMessageContaining("somebody deleted it");
  }
}
