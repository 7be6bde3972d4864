package io.raftless.demo.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailurePlanTest {

  @Test
  void nothingStrikesBeforeACheckpointCompleted() {
    FailurePlan plan = new FailurePlan(100, 1);
    assertThat(plan.strikes(FailureKind.COMMIT_HALF_DONE)).isFalse();
    plan.checkpointCompleted(0);
    assertThat(plan.strikes(FailureKind.COMMIT_HALF_DONE)).isTrue();
    assertThat(plan.struck()).isEqualTo(1);
  }

  @Test
  void eachFailureStrikesOnceInItsTurn() {
    FailurePlan plan = new FailurePlan(100, 3);
    FailureKind[] turns = {
      FailureKind.COMMIT_HALF_DONE, FailureKind.PROCESSING, FailureKind.COMMIT_NOT_BEGUN
    };
    for (int attempt = 0; attempt < turns.length; attempt++) {
      plan.checkpointCompleted(attempt);
      for (FailureKind kind : FailureKind.values()) {
        if (kind != turns[attempt]) {
          assertThat(plan.strikes(kind)).isFalse();
        }
      }
      assertThat(plan.strikes(turns[attempt])).isTrue();
      assertThat(plan.strikes(turns[attempt])).isFalse();
    }
    plan.checkpointCompleted(3);
    for (FailureKind kind : FailureKind.values()) {
      assertThat(plan.strikes(kind)).isFalse();
    }
  }

  @Test
  void aCheckpointOfAnEndedAttemptArmsNothing() {
    FailurePlan plan = new FailurePlan(100, 2);
    plan.checkpointCompleted(0);
    assertThat(plan.strikes(FailureKind.COMMIT_HALF_DONE)).isTrue();
    plan.checkpointCompleted(0);
    assertThat(plan.strikes(FailureKind.PROCESSING)).isFalse();
    plan.checkpointCompleted(1);
    assertThat(plan.strikes(FailureKind.PROCESSING)).isTrue();
  }

  /** Else a failure might find no record to strike at. */
  @ParameterizedTest
  @CsvSource({"3, 2", "2, 1", "1000, 7", "1707, 2", "10, 9", "1, 0"})
  void everyFailureHasALineAheadOfItWhenItIsArmed(int lines, int failures) {
    FailurePlan plan = new FailurePlan(lines, failures);
    for (int index = 0; index < failures; index++) {
      int held = firstHeld(plan, lines);
      plan.checkpointCompleted(index);
      assertThat(firstHeld(plan, lines)).isBetween(held + 1, lines - 1);
      assertThat(plan.strikes(FailureKind.ofIndex(index))).isTrue();
      assertThat(firstHeld(plan, lines)).isGreaterThan(held);
    }
    assertThat(firstHeld(plan, lines)).isEqualTo(lines);
  }

  @Test
  void aPlanThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> new FailurePlan(3, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FailurePlan(3, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static int firstHeld(FailurePlan plan, int lines) {
    int line = 0;
    while (line < lines && !plan.holds(line)) {
      line++;
    }
    return line;
  }
}
