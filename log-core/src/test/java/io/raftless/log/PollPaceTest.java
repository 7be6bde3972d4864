package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

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
  void anIdlePartitionCostsSixLooksASecondAtMostAndFewerLater() {
    assertThat(looks(new PollPace(DEFAULTS), 2_000, 10_000) / 8.0).isLessThan(6.2);
    assertThat(looks(new PollPace(DEFAULTS), 12_000, 18_000) / 6.0).isLessThan(3);
    assertThat(looks(new PollPace(DEFAULTS), 30_000, 60_000) / 30.0).isLessThanOrEqualTo(1.1);
  }

  @Test
  void whatComesRegularlyIsMissedByAQuarterOfItsIntervalAtMost() {
    for (long interval : new long[] {200, 500, 1_000, 5_000}) {
      PollPace pace = new PollPace(DEFAULTS);
      long now = 0;
      long pause = 0;
      while (now < interval) {
        pause = pace.nextPauseMillis();
        now += pause;
      }
      assertThat(pause)
          .as("the pause that a record after %d ms falls into", interval)
          .isLessThanOrEqualTo(Math.max(DEFAULTS.minPollMillis(), interval / 4));
    }
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
