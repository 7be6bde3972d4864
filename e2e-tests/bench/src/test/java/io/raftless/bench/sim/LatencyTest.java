package io.raftless.bench.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private static final int DRAWS = 200_000;

  private static double[] sorted(Latency latency) {
    Random random = new Random(7);
    double[] millis = new double[DRAWS];
    Arrays.setAll(millis, i -> latency.drawNanos(random) / 1e6);
    Arrays.sort(millis);
    return millis;
  }

  @Test
  void aPutHasTheMedianAndTheTailThatTheModelSays() {
    double[] millis = sorted(S3Model.standard().put());
    assertThat(millis[DRAWS / 2]).isBetween(29.0, 31.0);
    assertThat(millis[(int) (DRAWS * 0.99)]).isBetween(110.0, 125.0);
    assertThat(millis[(int) (DRAWS * 0.999)]).isBetween(180.0, 220.0);
  }

  @Test
  void aGetHasTheMedianAndTheTailThatTheModelSays() {
    double[] millis = sorted(S3Model.standard().get());
    assertThat(millis[DRAWS / 2]).isBetween(14.5, 15.5);
    assertThat(millis[(int) (DRAWS * 0.99)]).isBetween(65.0, 75.0);
  }

  @Test
  void whatIsNoDistributionIsRefused() {
    assertThatThrownBy(() -> new Latency(0, 1, 0, 1, 1)).hasMessageContaining("median 0.0 ms");
    assertThatThrownBy(() -> new Latency(1, 1, 2, 1, 1)).hasMessageContaining("share of 2.0");
  }
}
