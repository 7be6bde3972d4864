package io.raftless.demo.pace;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.demo.failure.FailurePlan;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PacerTest {
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void linesAreSpreadOverTheTime() {
    Pacer pacer = pacer(10, 0);
    pacer.begin(0);
    assertThat(emitAllThatMay(pacer, 0)).isEqualTo(1);
    nanos.set(Duration.ofMillis(500).toNanos());
    assertThat(emitAllThatMay(pacer, 1)).isEqualTo(6);
    nanos.set(Duration.ofSeconds(1).toNanos());
    assertThat(emitAllThatMay(pacer, 6)).isEqualTo(11);
  }

  @Test
  void aRestartedSourceGoesOnAtTheSamePace() {
    Pacer pacer = pacer(10, 0);
    nanos.set(Duration.ofHours(1).toNanos());
    pacer.begin(5);
    assertThat(emitAllThatMay(pacer, 5)).isEqualTo(6);
    assertThat(pacer.mostLines()).isEqualTo(6);
    pacer.begin(3);
    assertThat(emitAllThatMay(pacer, 3)).isEqualTo(4);
    assertThat(pacer.mostLines()).isEqualTo(6);
  }

  @Test
  void aLineThatThePlanHoldsWaits() {
    Pacer pacer = pacer(10, 1);
    pacer.begin(0);
    nanos.set(Duration.ofHours(1).toNanos());
    assertThat(emitAllThatMay(pacer, 0)).isEqualTo(4);
    pacer.checkpointCompleted(0);
    assertThat(emitAllThatMay(pacer, 4)).isEqualTo(9);
  }

  private Pacer pacer(int lines, int failures) {
    return new Pacer(new FailurePlan(lines, failures), lines, Duration.ofSeconds(1), nanos::get);
  }

  private static long emitAllThatMay(Pacer pacer, long from) {
    long line = from;
    while (line < from + 20 && pacer.mayEmit()) {
      pacer.emitted(line++);
    }
    return line;
  }
}
