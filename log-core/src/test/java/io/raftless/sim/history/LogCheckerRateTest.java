package io.raftless.sim.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how fast the checker is. Only what it decides is asserted. */
class LogCheckerRateTest {
  private static final Logger LOG = LoggerFactory.getLogger(LogCheckerRateTest.class);
  private static final int HISTORIES = 500;
  private static final int ROUNDS = 8;

  @Test
  void itDecidesManyHistoriesOfTheUsualSizePerSecond() {
    for (boolean isWrong : new boolean[] {false, true}) {
      measure(isWrong);
    }
  }

  private static void measure(boolean isWrong) {
    List<History> histories = new ArrayList<>();
    long operations = 0;
    for (long seed = 0; histories.size() < HISTORIES; seed++) {
      Random random = new Random(seed);
      Plan plan = new Plan(random, 30 + random.nextInt(91), 3 + random.nextInt(6));
      if (isWrong) {
        plan.corrupt();
      }
      histories.add(plan.history());
      operations += plan.size();
    }
    // The best of some rounds: other processes of the machine are not what is measured.
    long[] nanos = new long[HISTORIES];
    Arrays.fill(nanos, Long.MAX_VALUE);
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < HISTORIES; i++) {
        long begin = System.nanoTime();
        Verdict verdict = LogChecker.check(histories.get(i), 100_000);
        nanos[i] = Math.min(nanos[i], System.nanoTime() - begin);
        assertThat(verdict).isNotInstanceOf(Verdict.Undecided.class);
        if (!isWrong) {
          assertThat(verdict).isInstanceOf(Verdict.Linearizable.class);
        }
      }
    }
    long all = Arrays.stream(nanos).sum();
    Arrays.sort(nanos);
    LOG.info(
        "{} histories of {} operations on average: {} per second; median {} us, 99 % {} us, most {} us",
        isWrong ? "changed" : "right",
        operations / HISTORIES,
        HISTORIES * 1_000_000_000L / all,
        nanos[HISTORIES / 2] / 1000,
        nanos[HISTORIES * 99 / 100] / 1000,
        nanos[HISTORIES - 1] / 1000);
  }
}
