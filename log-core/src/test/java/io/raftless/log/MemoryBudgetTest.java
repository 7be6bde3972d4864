package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Chunks;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(100, new Chunks(0));
  private final List<String> admitted = new CopyOnWriteArrayList<>();

  private Thread waiting(String name, long bytes) {
    Thread thread =
        new Thread(
            () -> {
              try {
                budget.reserve(bytes, () -> {});
                admitted.add(name);
              } catch (InterruptedException e) {
                admitted.add(name + " interrupted");
              } catch (IllegalStateException e) {
                admitted.add(name + " closed");
              }
            });
    thread.start();
    Await.until(name + " waits", () -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  @Test
  void aLargeRequestIsNotOvertakenBySmallOnes() throws Exception {
    assertThat(budget.tryReserve(60)).isTrue();
    Thread large = waiting("large", 90);
    assertThat(budget.tryReserve(10)).as("there is room, but somebody waits").isFalse();
    Thread small = waiting("small", 10);
    budget.release(30);
    assertThat(admitted).isEmpty();
    budget.release(30);
    large.join();
    small.join();
    assertThat(admitted).containsExactlyInAnyOrder("large", "small");
    assertThat(budget.used()).isEqualTo(100);
  }

  @Test
  void aRequestThatIsLargerThanTheBudgetGetsInAlone() throws Exception {
    assertThat(budget.tryReserve(1)).isTrue();
    Thread huge = waiting("huge", 1_000);
    budget.release(1);
    huge.join();
    assertThat(budget.used()).isEqualTo(1_000);
    assertThat(budget.tryReserve(1)).isFalse();
    budget.release(1_000);
    assertThat(budget.tryReserve(100)).isTrue();
  }

  @Test
  void whoStopsWaitingHoldsNobodyUp() throws Exception {
    assertThat(budget.tryReserve(60)).isTrue();
    Thread large = waiting("large", 90);
    Thread small = waiting("small", 10);
    large.interrupt();
    large.join();
    small.join();
    assertThat(admitted).containsExactlyInAnyOrder("large interrupted", "small");
    assertThat(budget.used()).isEqualTo(70);
  }

  @Test
  void whoWaitsWhenItIsClosedIsTold() throws Exception {
    assertThat(budget.tryReserve(100)).isTrue();
    Thread one = waiting("one", 10);
    budget.close();
    one.join();
    assertThat(admitted).containsExactly("one closed");
    assertThatThrownBy(() -> budget.reserve(10, () -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThat(budget.isAwaited()).isFalse();
  }
}
