package io.raftless.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RoundsTest {
  @Test
  void roundsFollowEachOtherUntilTheyAreClosed() throws Exception {
    CountDownLatch three = new CountDownLatch(3);
    Rounds.Running running =
        Rounds.onThread()
            .begin(
                Duration.ofMillis(1),
                () -> {
                  three.countDown();
                  return Optional.of(Duration.ofMillis(1));
                });
    assertThat(three.await(30, TimeUnit.SECONDS)).isTrue();
    running.close();
  }

  @Test
  void closingInterruptsARoundThatWaits() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Rounds.Running running =
        Rounds.onThread()
            .begin(
                Duration.ZERO,
                () -> {
                  begun.countDown();
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                  return Optional.of(Duration.ZERO);
                });
    begun.await();
    running.close();
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }
}
