package io.raftless.cas;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final long ROUND_MILLIS = 40;

  private final Turns turns = new Turns(true);
  private long version;
  private long nowMillis = 1_000_000;

  /** Wins once after others wrote so often and this lost so often. */
  private void win(int others, int lost) {
    nowMillis += ROUND_MILLIS;
    version += others + 1;
    turns.won(lost, version, ROUND_MILLIS, nowMillis);
  }

  private long pauseMillis() {
    return turns.pause(nowMillis).toMillis();
  }

  @Test
  void whoMeetsNobodyNeverPauses() {
    for (int i = 0; i < 100; i++) {
      win(0, 0);
      assertThat(pauseMillis()).isZero();
      assertThat(turns.isContended()).isFalse();
    }
  }

  @Test
  void whatOthersWroteWithoutGettingInTheWayIsNoReasonToPause() {
    win(0, 0);
    win(1_000, 0);
    assertThat(turns.isContended()).isFalse();
    assertThat(pauseMillis()).isZero();
  }

  @Test
  void whoLostPausesAfterwardsForLongerThanALoserNeeds() {
    win(0, 0);
    win(1, 1);
    assertThat(turns.isContended()).isTrue();
    assertThat(pauseMillis()).isGreaterThan(ROUND_MILLIS).isLessThan(2 * ROUND_MILLIS);
  }

  @Test
  void theMoreAreInTheWayTheLongerThePause() {
    win(3, 3);
    long first = pauseMillis();
    win(3, 3);
    win(3, 3);
    assertThat(pauseMillis()).isEqualTo(first + 2 * ROUND_MILLIS);
    for (int i = 0; i < 1_000; i++) {
      win(50, 50);
    }
    assertThat(pauseMillis()).isLessThanOrEqualTo(2_000);
  }

  @Test
  void whoWinsAtOncePausesLessNextTimeButAlwaysLongEnoughForALoser() {
    for (int i = 0; i < 5; i++) {
      win(3, 3);
    }
    long before = pauseMillis();
    win(5, 0);
    assertThat(pauseMillis()).isLessThan(before);
    for (int i = 0; i < 50; i++) {
      win(5, 0);
    }
    assertThat(pauseMillis()).isGreaterThan(ROUND_MILLIS);
  }

  @Test
  void whenTheOthersHaveGoneItIsSoonForgotten() {
    for (int i = 0; i < 1_000; i++) {
      win(50, 50);
    }
    for (int i = 0; i < 7; i++) {
      win(0, 0);
    }
    assertThat(turns.isContended()).isFalse();
    assertThat(pauseMillis()).isZero();
  }

  @Test
  void thePauseIsOverAfterAWhileAndAClockThatIsSetBackDoesNotProlongIt() {
    win(1, 1);
    long pause = pauseMillis();
    assertThat(turns.pause(nowMillis + pause / 2).toMillis()).isEqualTo(pause - pause / 2);
    assertThat(turns.pause(nowMillis + pause)).isZero();
    assertThat(turns.pause(nowMillis - 1_000_000).toMillis()).isEqualTo(pause);
  }

  @Test
  void whoLostMoreOftenReadsAgainSooner() {
    turns.won(1, 2, 400, nowMillis);
    assertThat(turns.backoff(1)).isEqualTo(Duration.ofMillis(200));
    assertThat(turns.backoff(4)).isEqualTo(Duration.ofMillis(50));
    assertThat(turns.backoff(1_000)).isEqualTo(Duration.ofMillis(5));
  }

  @Test
  void aClockThatJumpsMakesNobodyWaitForLong() {
    turns.won(2, 1, Duration.ofDays(30).toMillis(), nowMillis);
    turns.won(2, 2, -Duration.ofDays(30).toMillis(), nowMillis);
    assertThat(turns.backoff(1)).isLessThanOrEqualTo(Duration.ofMillis(500));
    assertThat(turns.pause(nowMillis)).isLessThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void whoTakesNoTurnsNeverPauses() {
    Turns off = new Turns(false);
    for (int i = 1; i < 10; i++) {
      off.won(5, 6L * i, ROUND_MILLIS, nowMillis);
      assertThat(off.pause(nowMillis)).isZero();
      assertThat(off.isContended()).isFalse();
    }
  }
}
