package io.raftless.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.format.Json;
import io.raftless.head.StorePosition.Outcome;
import io.raftless.id.Incarnation;
import io.raftless.id.LabelSource;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** The table of the class, row by row. */
class StorePositionTest {
  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(1));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final Head empty = Head.first(LogDescriptor.first(incarnation, 1, labels.next()), 0);
  private final Head held = acquired(empty, "h");
  private final long epoch = held.version();
  private final Head atA = stored(held, StorePosition.replacing("w", epoch, null, "A"));

  private final StorePosition change = StorePosition.replacing("w", epoch, "A", "B");
  private final Transition<Head, Outcome> attempted = change.attemptedOn(atA);

  private Head written(Head next, Head head) {
    return next.written(head.version() + 1, labels.next());
  }

  private Head acquired(Head head, String holder) {
    Verdict<Head, Acquire.Outcome> verdict =
        Acquire.of("w", holder, OptionalLong.empty()).apply(head);
    return written(((Verdict.Replace<Head, Acquire.Outcome>) verdict).next(), head);
  }

  private Head stored(Head head, Transition<Head, Outcome> by) {
    return written(((Verdict.Replace<Head, Outcome>) by.apply(head)).next(), head);
  }

  private Head stored(Head head, String from, String to) {
    return stored(head, StorePosition.replacing("w", epoch, from, to));
  }

  private Head fenced(Head head) {
    LogState state = head.state().changedTo(LogState.Status.FENCED, "why");
    Verdict<Head, ?> verdict = new TakeState(state).apply(head);
    return written(((Verdict.Replace<Head, ?>) verdict).next(), head);
  }

  private static Outcome rejected(Verdict<Head, Outcome> verdict) {
    return ((Verdict.Reject<Head, Outcome>) verdict).result();
  }

  private static void assertHeld(Verdict<Head, Outcome> verdict) {
    assertThat(verdict).isEqualTo(new Verdict.Hold<>(new Outcome.Stored()));
  }

  private static void assertReplaces(Verdict<Head, Outcome> verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Replace.class);
  }

  @Test
  void theExpectedPositionIsReplacedAndCounted() {
    WriterEntry entry = Objects.requireNonNull(stored(atA, change).writers().get("w"));
    assertThat(entry.position()).isEqualTo("B");
    assertThat(entry.storeCount()).isEqualTo(epoch + 2);
  }

  @Test
  void aPositionThatIsThereIsStoredAgainSoThatNothingSentBeforeCanUndoIt() {
    Head there = stored(atA, change);
    assertReplaces(change.apply(there));
    assertReplaces(change.apply(fenced(there)));
    assertHeld(change.attemptedOn(atA).apply(there));
    assertReplaces(change.attemptedOn(there).apply(there));
  }

  @Test
  void anotherPositionIsNotReplaced() {
    assertThat(rejected(change.apply(stored(atA, "A", "C")))).isEqualTo(new Outcome.Moved("C"));
    assertThat(rejected(change.apply(held))).isEqualTo(new Outcome.Moved(null));
  }

  @Test
  void aFencedLogAndAFencedWriterStoreNothing() {
    Head fenced = fenced(atA);
    assertThat(rejected(change.apply(fenced)))
        .isEqualTo(new Outcome.Refused(new AppendOutcome.LogNotOpen(fenced.state())));
    Head other = acquired(atA, "h2");
    assertThat(rejected(change.apply(other)))
        .isEqualTo(new Outcome.Refused(new AppendOutcome.FencedOff("h2", other.version())));
    assertThat(rejected(change.apply(empty)))
        .isEqualTo(new Outcome.Refused(new AppendOutcome.UnknownWriter()));
  }

  @Test
  void anAttemptThatDidNotLandIsRepeated() {
    assertReplaces(attempted.apply(atA));
    // The head has another ETag, and the position is the one of the attempt's state.
    assertReplaces(attempted.apply(written(atA, atA)));
  }

  @Test
  void anAttemptThatLandedIsThere() {
    assertHeld(attempted.apply(stored(atA, change)));
    assertHeld(attempted.apply(fenced(stored(atA, change))));
  }

  @Test
  void oneStoreSinceThatIsNotOursDecidesThatOursDidNotLand() {
    assertThat(rejected(attempted.apply(stored(atA, "A", "C")))).isEqualTo(new Outcome.Moved("C"));
  }

  @Test
  void anAttemptThatMayHaveBeenStoredOverIsNeitherRepeatedNorCalledFailed() {
    Head returned = stored(stored(atA, change), "B", "A");
    // Somebody else went back to A on purpose: B must not come back.
    assertThat(rejected(attempted.apply(returned))).isEqualTo(new Outcome.Untold());
    assertThat(rejected(attempted.apply(stored(returned, "A", "C"))))
        .isEqualTo(new Outcome.Untold());
    // A new call is a new decision of its caller.
    assertReplaces(change.apply(returned));
  }

  @Test
  void anAttemptOfAFencedWriterFailedOnlyIfNothingWasStoredSince() {
    Head other = acquired(atA, "h2");
    assertThat(rejected(attempted.apply(other)))
        .isEqualTo(new Outcome.Refused(new AppendOutcome.FencedOff("h2", other.version())));
    assertThat(rejected(attempted.apply(acquired(stored(atA, change), "h2"))))
        .isEqualTo(new Outcome.Untold());
    assertThat(rejected(attempted.apply(empty))).isEqualTo(new Outcome.Untold());
  }

  @Test
  void aWriterIdThatWasForgottenAndCameBackCannotTellOfAStoreOfBefore() {
    Head landed = stored(atA, change);
    Verdict<Head, ?> forgotten = new ForgetWriter("w", epoch, true).apply(landed);
    Head without = written(((Verdict.Replace<Head, ?>) forgotten).next(), landed);
    assertThat(rejected(attempted.apply(without))).isEqualTo(new Outcome.Untold());
    Head back = acquired(without, "h3");
    assertThat(rejected(attempted.apply(back))).isEqualTo(new Outcome.Untold());
    // Also where the count has just as many stores as before.
    Head counted = stored(back, StorePosition.replacing("w", back.version(), null, "C"));
    assertThat(rejected(attempted.apply(counted))).isEqualTo(new Outcome.Untold());
  }

  @Test
  void aHeadWithoutRoomRefuses() {
    Head full = atA;
    for (int writer = 0; writer < 16; writer++) {
      String id = "w" + writer;
      Verdict<Head, Acquire.Outcome> verdict =
          Acquire.of(id, "h", OptionalLong.empty()).apply(full);
      if (!(verdict instanceof Verdict.Replace<Head, Acquire.Outcome> acquired)) {
        break;
      }
      full = written(acquired.next(), full);
      Verdict<Head, Outcome> store =
          StorePosition.replacing(id, full.version(), null, "x".repeat(1_000)).apply(full);
      if (!(store instanceof Verdict.Replace<Head, Outcome> next)) {
        break;
      }
      full = written(next.next(), full);
    }
    assertThat(rejected(StorePosition.replacing("w", epoch, "A", "x".repeat(1_024)).apply(full)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).isInstanceOf(AppendOutcome.NoRoom.class));
    assertThatThrownBy(() -> StorePosition.replacing("w", epoch, "A", "x".repeat(1_025)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1024");
  }

  /** A head around an old entry, as JSON has it. */
  private record Holder(int format, SortedMap<String, WriterEntry> writers) {}

  @Test
  void anEntryThatWasWrittenBeforePositionsWereCountedIsReadable() {
    String old =
        "{\"format\":1,\"writers\":{\"w\":{\"epoch\":3,\"holder\":\"h\",\"rank\":3,\"position\":\"A\"}}}";
    Holder holder = Json.decode(StandardCharsets.UTF_8.encode(old), Holder.class, "entry", 1);
    WriterEntry entry = Objects.requireNonNull(holder.writers().get("w"));
    assertThat(entry.position()).isEqualTo("A");
    assertThat(entry.storeCount()).isZero();
    assertThat(entry.withPosition("B").storeCount()).isEqualTo(1);
  }
}
