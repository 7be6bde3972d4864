package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PollPaceTest {
  private static final ReaderOptions DEFAULTS = ReaderOptions.defaults();

  /** What a look takes on a store that answers at once is 0, which is the worst case here. */
  private static int looks(PollPace pace, long fromMillis, long toMillis) {
    int looks = 0;
    long now = 0;
    while (now < toMillis) {
      now += pace.nextPauseMillis();
      if (now > fromMillis && now <= toMillis) {
        looks++;
      }
    }
    return looks;
  }

  @Test
  void afterDataTheFirstLookIsSoon() {
    PollPace pace = new PollPace(DEFAULTS);
    looks(pace, 0, 60_000);
    pace.somethingCame();
    assertThat(pace.nextPauseMillis()).isEqualTo(DEFAULTS.minPollMillis());
  }

  @Test
  void anIdlePartitionCostsLessThanSevenLooksASecondAndOneLater() {
    assertThat(looks(new PollPace(DEFAULTS), 2_000, 8_000) / 6.0).isLessThan(6.8);
    assertThat(looks(new PollPace(DEFAULTS), 14_000, 60_000) / 46.0).isLessThanOrEqualTo(1.1);
  }

  @Test
  void forASecondAfterDataALookIsSooner() {
    PollPace pace = new PollPace(DEFAULTS);
    // A look of S3 takes 15 ms.
    long now = 0;
    while (now < 900) {
      long pause = pace.nextPauseMillis();
      assertThat(pause).isLessThanOrEqualTo(60);
      now += pause + 15;
    }
    while (now < 1_100) {
      now += pace.nextPauseMillis() + 15;
    }
    assertThat(pace.nextPauseMillis()).isEqualTo(160);
  }

  @Test
  void looksAreCountedUntilSomethingComes() {
    Duration look = Duration.ofMillis(15);
    assertThat(DEFAULTS.looksWithin(Duration.ZERO, look)).isZero();
    assertThat(DEFAULTS.looksWithin(Duration.ofMillis(35), look)).isOne();
    // 35, 55, and then 75 each.
    assertThat(DEFAULTS.looksWithin(Duration.ofMillis(35 + 55 + 3 * 75), look)).isEqualTo(5);
    assertThat(DEFAULTS.looksWithin(Duration.ofMillis(35 + 55 + 3 * 75 + 1), look)).isEqualTo(6);
  }

  @Test
  void aPauseIsSmallNextToAnAppendForTenSeconds() {
    PollPace pace = new PollPace(DEFAULTS);
    long now = 0;
    while (now < 8_000) {
      long pause = pace.nextPauseMillis();
      now += pause;
      assertThat(pause).isLessThanOrEqualTo(160);
    }
  }

  @Test
  void aShortestPauseThatIsLongStaysAsItIs() {
    PollPace pace = new PollPace(new ReaderOptions(1, 400, 1_000, ReaderOptions.OnTrimmed.FAIL));
    assertThat(pace.nextPauseMillis()).isEqualTo(400);
    assertThat(looks(pace, 0, 20_000)).isBetween(40, 50);
    for (int i = 0; i < 100; i++) {
      pace.nextPauseMillis();
    }
    assertThat(pace.nextPauseMillis()).isEqualTo(1_000);
  }

  @Test
  void aPauseIsWithinTheOptions() {
    PollPace pace = new PollPace(new ReaderOptions(1, 30, 60, ReaderOptions.OnTrimmed.FAIL));
    for (int i = 0; i < 2_000; i++) {
      assertThat(pace.nextPauseMillis()).isBetween(30L, 60L);
    }
    assertThat(pace.nextPauseMillis()).isEqualTo(60);
  }
}
