package io.raftless.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for acknowledgements, and for how long. */
@Timeout(60)
class InFlightTest {
  /** Longer than a test may take. */
  private static final Duration FOR_EVER = Duration.ofHours(1);

  /** Waits on a thread of its own. */
  private static CompletableFuture<Void> waiting(InFlight inFlight) throws InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              begun.countDown();
              try {
                inFlight.awaitRoom(FOR_EVER);
                done.complete(null);
              } catch (InterruptedException e) {
                done.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    begun.await();
    return done;
  }

  private static void acknowledge(InFlight inFlight, int records) {
    for (int i = 0; i < records; i++) {
      inFlight.acknowledged();
    }
  }

  @Test
  void nobodyWaitsWhileThereIsRoom() throws Exception {
    InFlight inFlight = new InFlight(1_000, FOR_EVER);
    inFlight.polled(10, 1_000);
    inFlight.awaitRoom(FOR_EVER);
    inFlight.polled(90, 90);
    acknowledge(inFlight, 99);
    inFlight.awaitRoom(FOR_EVER);
  }

  @Test
  void itWaitsForAsLongAsAcknowledgementsCome() throws Exception {
    InFlight inFlight = new InFlight(1_000, FOR_EVER);
    inFlight.polled(1_000_000, 10_000_000);
    CompletableFuture<Void> waiting = waiting(inFlight);
    long acknowledged = 0;
    // Without a pause: it sees some more of them whenever it looks.
    while (acknowledged < 999_000) {
      assertThat(waiting.isDone()).as("it waits after %s", acknowledged).isFalse();
      acknowledge(inFlight, 100);
      acknowledged += 100;
    }
    acknowledge(inFlight, 900);
    waiting.get(30, TimeUnit.SECONDS);
  }

  @Test
  void acknowledgementsThatDoNotComeAreWaitedForOnce() throws Exception {
    InFlight inFlight = new InFlight(1_000, InFlight.PATIENCE);
    inFlight.polled(100, 10_000);
    waiting(inFlight).get(30, TimeUnit.SECONDS);
    // Would take an hour if it waited each time.
    for (int polls = 0; polls < 36_000; polls++) {
      inFlight.polled(100, 10_000);
      inFlight.awaitRoom(FOR_EVER);
    }

    // A transaction ends: they come again, and it waits again.
    acknowledge(inFlight, 100);
    CompletableFuture<Void> again = waiting(inFlight);
    acknowledge(inFlight, 36_000 * 100);
    again.get(30, TimeUnit.SECONDS);
    inFlight.awaitRoom(FOR_EVER);
  }

  @Test
  void whoHasWaitedLongEnoughGivesUpThoughAcknowledgementsCome() throws Exception {
    InFlight inFlight = new InFlight(1_000, FOR_EVER);
    inFlight.polled(1_000, 1_000_000);
    CompletableFuture<Boolean> hasRoom = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                hasRoom.complete(inFlight.awaitRoom(Duration.ZERO));
              } catch (InterruptedException e) {
                hasRoom.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    acknowledge(inFlight, 100);
    synchronized (inFlight) {
      inFlight.notifyAll(); // As its patience would.
    }
    assertThat(hasRoom.get(30, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void largeRecordsAndSmallOnesCountForWhatTheyAre() throws Exception {
    InFlight inFlight = new InFlight(1_000, FOR_EVER);
    inFlight.polled(10, 10_000);
    inFlight.polled(100, 100);
    CompletableFuture<Void> waiting = waiting(inFlight);
    acknowledge(inFlight, 9);
    assertThat(waiting.isDone()).isFalse();
    acknowledge(inFlight, 1);
    waiting.get(30, TimeUnit.SECONDS);
    inFlight.polled(1, 900);
    inFlight.awaitRoom(FOR_EVER);
  }

  @Test
  void aPollIsAQuarterOfItOnlyWhereAcknowledgementsCome() throws Exception {
    InFlight inFlight = new InFlight(1_000, InFlight.PATIENCE);
    assertThat(inFlight.pollBytes()).as("nothing is in flight").isEqualTo(Long.MAX_VALUE);
    inFlight.polled(10, 500);
    assertThat(inFlight.pollBytes()).isEqualTo(250);
    acknowledge(inFlight, 10);
    assertThat(inFlight.pollBytes()).as("nothing again").isEqualTo(Long.MAX_VALUE);

    inFlight.polled(10, 5_000);
    waiting(inFlight).get(30, TimeUnit.SECONDS);
    assertThat(inFlight.pollBytes()).as("waited for in vain").isEqualTo(Long.MAX_VALUE);
    acknowledge(inFlight, 1);
    assertThat(inFlight.pollBytes()).as("they come again").isEqualTo(250);
  }

  @Test
  void aTaskThatIsStoppedDoesNotWait() throws Exception {
    InFlight inFlight = new InFlight(1_000, FOR_EVER);
    inFlight.polled(100, 1_000_000);
    inFlight.stop();
    inFlight.awaitRoom(FOR_EVER);
  }
}
