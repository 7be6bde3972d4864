package io.raftless.cursor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables of docs/protocol.md, "Cursors", row by row. */
class CursorTransitionsTest {
  private final LabelSource labels = new LabelSource(Clock.systemUTC(), new Random(7));
  private final Incarnation incarnation = new Incarnation(labels.next().value());
  private final Label mine = labels.next();

  private Cursor none() {
    return Cursor.first(incarnation, "group", 3, labels.next());
  }

  /** A cursor of the first generation. */
  private Cursor at(long offset) {
    return none().movedTo(offset, null);
  }

  private static <R> Cursor next(Transition<Cursor, R> transition, Cursor cursor) {
    assertThat(transition.apply(cursor)).isInstanceOf(Verdict.Replace.class);
    return ((Verdict.Replace<Cursor, R>) transition.apply(cursor)).next();
  }

  private static <R> R held(Transition<Cursor, R> transition, Cursor cursor) {
    assertThat(transition.apply(cursor)).isInstanceOf(Verdict.Hold.class);
    return ((Verdict.Hold<Cursor, R>) transition.apply(cursor)).result();
  }

  private static <R> R rejected(Transition<Cursor, R> transition, Cursor cursor) {
    assertThat(transition.apply(cursor)).isInstanceOf(Verdict.Reject.class);
    return ((Verdict.Reject<Cursor, R>) transition.apply(cursor)).result();
  }

  private Cursor acknowledgedByOthers(Cursor cursor, int times) {
    Cursor after = cursor;
    for (int i = 0; i < times; i++) {
      long from = Objects.requireNonNull(after.offset());
      after = next(Acknowledge.of(after.generation(), from, from + 10, labels.next()), after);
    }
    return after;
  }

  // Acknowledge

  @Test
  void anAcknowledgementAtTheCursorMovesIt() {
    Cursor cursor = next(Acknowledge.of(0, 10, 20, mine), at(10));
    assertThat(cursor.offset()).isEqualTo(20);
    assertThat(cursor.generation()).isZero();
    assertThat(cursor.acknowledged()).containsExactly(new Cursor.Acknowledged(0, 20, mine));
  }

  @Test
  void anAcknowledgementThatTheCursorRemembersHasAdvancedItWhateverFollowed() {
    Cursor moved = next(Acknowledge.of(0, 10, 20, mine), at(10));
    Cursor reset = next(Reset.of(0, 5L, labels.next()), acknowledgedByOthers(moved, 3));
    Transition<Cursor, MoveOutcome> again = Acknowledge.of(0, 10, 20, mine).attempted();
    for (Cursor cursor : List.of(moved, acknowledgedByOthers(moved, 3), reset)) {
      assertThat(held(again, cursor)).isEqualTo(new MoveOutcome.Advanced(cursor));
    }
  }

  @Test
  void whatTheCursorHasPassedIsAlreadyProcessed() {
    for (long offset : new long[] {20, 21, 1_000}) {
      Cursor cursor = at(offset);
      assertThat(held(Acknowledge.of(0, 10, 20, mine), cursor))
          .isEqualTo(new MoveOutcome.AlreadyProcessed(cursor));
    }
  }

  @Test
  void aGapAnOverlapAnotherGenerationAndNoPositionAreMismatches() {
    Transition<Cursor, MoveOutcome> move = Acknowledge.of(0, 10, 20, mine);
    Cursor other = next(Reset.of(0, 10L, labels.next()), at(10));
    for (Cursor cursor : List.of(at(9), at(0), at(11), at(19), other, none())) {
      assertThat(rejected(move, cursor)).isEqualTo(new MoveOutcome.Mismatch(cursor));
      assertThat(rejected(move.attempted(), cursor)).isEqualTo(new MoveOutcome.Mismatch(cursor));
    }
  }

  @Test
  void anAttemptOfWhichTheCursorWouldStillKnowAndDoesNotWasSomebodyElses() {
    Transition<Cursor, MoveOutcome> move = Acknowledge.of(0, 10, 20, mine).attempted();
    Cursor passed = acknowledgedByOthers(at(10), Cursor.REMEMBERED);
    assertThat(held(move, passed)).isEqualTo(new MoveOutcome.AlreadyProcessed(passed));
  }

  @Test
  void anAttemptThatTheCursorMayHaveForgottenIsNeitherOursNorSomebodyElses() {
    Transition<Cursor, MoveOutcome> move = Acknowledge.of(0, 10, 20, mine);
    Cursor passed = acknowledgedByOthers(at(10), Cursor.REMEMBERED + 1);
    assertThat(rejected(move.attempted(), passed)).isEqualTo(new MoveOutcome.CannotTell(passed));
    Cursor reset = next(Reset.of(0, 5L, labels.next()), passed);
    assertThat(rejected(move.attempted(), reset)).isEqualTo(new MoveOutcome.CannotTell(reset));
    // Without an attempt there is nothing to forget.
    assertThat(held(move, passed)).isEqualTo(new MoveOutcome.AlreadyProcessed(passed));
    assertThat(rejected(move, reset)).isEqualTo(new MoveOutcome.Mismatch(reset));
  }

  @Test
  void acknowledgementsOfOlderGenerationsDoNotPushOutWhatIsAskedFor() {
    Cursor old = acknowledgedByOthers(at(1_000), Cursor.REMEMBERED);
    Cursor reset = next(Reset.of(0, 10L, labels.next()), old);
    Cursor passed = next(Acknowledge.of(1, 10, 20, labels.next()), reset);
    Transition<Cursor, MoveOutcome> move = Acknowledge.of(1, 10, 20, mine).attempted();
    assertThat(held(move, passed)).isEqualTo(new MoveOutcome.AlreadyProcessed(passed));
  }

  @Test
  void aCursorRemembersABoundedNumberOfAcknowledgements() {
    Cursor cursor = acknowledgedByOthers(at(0), 500);
    assertThat(cursor.acknowledged()).hasSize(Cursor.REMEMBERED);
    assertThat(new CursorSchema(labels, incarnation, "group", 3).encode(cursor).remaining())
        .isLessThan(2_048);
  }

  @Test
  void anAcknowledgementOfNothingIsNoAcknowledgement() {
    assertThatThrownBy(() -> Acknowledge.of(0, 10, 10, mine))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Acknowledge.of(0, -1, 10, mine))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // Advance

  @Test
  void advancingTakesTheMaximum() {
    assertThat(next(new Advance(0, 20, "m"), at(10)).offset()).isEqualTo(20);
    assertThat(next(new Advance(0, 20, "m"), at(10)).metadata()).isEqualTo("m");
    for (long offset : new long[] {20, 30}) {
      Cursor cursor = at(offset);
      assertThat(held(new Advance(0, 20, "m"), cursor))
          .isEqualTo(new MoveOutcome.AlreadyProcessed(cursor));
    }
  }

  @Test
  void advancingGivesAGroupWithoutPositionOne() {
    assertThat(next(new Advance(0, 0, null), none()).offset()).isZero();
  }

  @Test
  void advancingInAnOlderGenerationMovesNothingAndBringsNoDeletedGroupBack() {
    Cursor reset = next(Reset.of(0, 5L, labels.next()), at(10));
    Cursor deleted = next(Reset.of(0, null, labels.next()), at(10));
    for (Cursor cursor : List.of(reset, deleted)) {
      assertThat(rejected(new Advance(0, 20, null), cursor))
          .isEqualTo(new MoveOutcome.Mismatch(cursor));
    }
  }

  @Test
  void metadataSaysSomethingOfItsOffsetAndGoesWithIt() {
    Cursor cursor = next(new Advance(0, 20, "m"), at(10));
    assertThat(next(Acknowledge.of(0, 20, 30, mine), cursor).metadata()).isNull();
    assertThat(next(Reset.of(0, 5L, mine), cursor).metadata()).isNull();
    assertThatThrownBy(() -> new Advance(0, 1, "x".repeat(1_025)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1024");
  }

  // Start

  @Test
  void whoStartsFirstDecides() {
    Cursor cursor = next(new Start(0, 10), none());
    assertThat(cursor.offset()).isEqualTo(10);
    assertThat(cursor.generation()).isZero();
    assertThat(held(new Start(0, 99), cursor)).isEqualTo(cursor);
  }

  @Test
  void aStartDoesNotUndoADeletionThatCameAfterIt() {
    Cursor deleted = next(Reset.of(0, null, labels.next()), at(10));
    assertThat(rejected(new Start(0, 10), deleted)).isEqualTo(deleted);
    assertThat(next(new Start(1, 10), deleted).offset()).isEqualTo(10);
  }

  // Reset

  @Test
  void aResetBeginsAGenerationAlsoWhereTheOffsetStays() {
    for (long offset : new long[] {0, 10, 99}) {
      Cursor cursor = next(Reset.of(0, offset, mine), at(10));
      assertThat(cursor.offset()).isEqualTo(offset);
      assertThat(cursor.generation()).isEqualTo(1);
      assertThat(cursor.resetBy()).isEqualTo(mine);
    }
  }

  @Test
  void aResetThatWasDoneIsNotDoneAgainOverWhatWasProcessedSince() {
    Cursor reset = next(Reset.of(0, 5L, mine), at(10));
    Cursor progressed = next(Acknowledge.of(1, 5, 50, labels.next()), reset);
    Transition<Cursor, Reset.Outcome> again = Reset.of(0, 5L, mine).attempted();
    assertThat(held(again, progressed)).isEqualTo(new Reset.Outcome.Done(progressed));
  }

  @Test
  void aResetOfAGenerationThatHasEndedDoesNothing() {
    Cursor other = next(Reset.of(0, 7L, labels.next()), at(10));
    assertThat(rejected(Reset.of(0, 5L, mine), other))
        .isEqualTo(new Reset.Outcome.Overtaken(other));
    // The generation that it would have begun is somebody else's: so it did not land.
    assertThat(rejected(Reset.of(0, 5L, mine).attempted(), other))
        .isEqualTo(new Reset.Outcome.Overtaken(other));
  }

  @Test
  void anAttemptedResetThatMayHaveBeenOvertakenByTheNextOneCannotBeTold() {
    Cursor two = next(Reset.of(1, 7L, labels.next()), next(Reset.of(0, 5L, mine), at(10)));
    assertThat(rejected(Reset.of(0, 5L, mine).attempted(), two))
        .isEqualTo(new Reset.Outcome.CannotTell(two));
    assertThat(rejected(Reset.of(0, 5L, mine), two)).isEqualTo(new Reset.Outcome.Overtaken(two));
  }

  @Test
  void aDeletionTakesThePositionAndKeepsTheGeneration() {
    Cursor deleted = next(Reset.of(0, null, mine), at(10));
    assertThat(deleted.offset()).isNull();
    assertThat(deleted.generation()).isEqualTo(1);
    assertThat(rejected(Acknowledge.of(0, 10, 20, labels.next()), deleted))
        .isEqualTo(new MoveOutcome.Mismatch(deleted));
  }

  // The body

  @Test
  void aCursorIsReadAsItWasWritten() {
    CursorSchema schema = new CursorSchema(labels, incarnation, "group", 3);
    Cursor full = next(new Advance(1, 70, "m"), next(Reset.of(0, 5L, mine), at(10)));
    for (Cursor cursor : List.of(none(), at(4), acknowledgedByOthers(at(0), 20), full)) {
      assertThat(schema.decode(schema.encode(cursor))).isEqualTo(cursor);
    }
    assertThat(text(none())).doesNotContain("null");
  }

  private static String text(Object value) {
    return StandardCharsets.UTF_8.decode(Json.encode(value)).toString();
  }

  @Test
  void aCursorOfAnotherIncarnationGroupOrPartitionIsRefused() {
    Incarnation other = new Incarnation(labels.next().value());
    var body = Json.encode(at(4));
    for (CursorSchema schema :
        List.of(
            new CursorSchema(labels, other, "group", 3),
            new CursorSchema(labels, incarnation, "other", 3),
            new CursorSchema(labels, incarnation, "group", 4))) {
      assertThatThrownBy(() -> schema.decode(body))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(incarnation.toString());
    }
  }

  @Test
  void aCursorThatContradictsItselfIsRefused() {
    assertThatThrownBy(() -> cursor(-1, 0L, null)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> cursor(0, -1L, null)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> cursor(0, 1L, mine)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> cursor(1, 1L, null)).isInstanceOf(FormatException.class);
  }

  private Cursor cursor(long generation, @Nullable Long offset, @Nullable Label resetBy) {
    return new Cursor(
        1, incarnation, "group", 3, 1, mine, generation, offset, null, resetBy, List.of());
  }
}
