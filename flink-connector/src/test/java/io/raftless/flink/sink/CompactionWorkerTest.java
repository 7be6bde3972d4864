package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.log.LogId;
import io.raftless.maintenance.CompactionReport;
import io.raftless.maintenance.CompactionReport.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class CompactionWorkerTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Partition 9 cannot be compacted, of partition 8 nothing is due; others wait for the gate. */
  private static final class FakeCompactor implements PartitionCompactor {
    final List<Integer> looked = new CopyOnWriteArrayList<>();
    final AtomicInteger atATime = new AtomicInteger();
    final AtomicInteger mostAtATime = new AtomicInteger();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch gate = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);
    final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public CompactionReport compact(int partition) throws IOException, InterruptedException {
      looked.add(partition);
      mostAtATime.accumulateAndGet(atATime.incrementAndGet(), Math::max);
      try {
        if (partition == 9) {
          throw new IOException("the test says no");
        }
        if (partition != 8) {
          entered.countDown();
          gate.await();
        }
        Outcome outcome = partition == 8 ? Outcome.NOTHING_DUE : Outcome.INSTALLED;
        return new CompactionReport(partition, outcome, 1, 1, 1, 0, 1, 1, 1, 1);
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw e;
      } finally {
        atATime.decrementAndGet();
      }
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private final FakeCompactor compactor = new FakeCompactor();
  private final AtomicInteger openings = new AtomicInteger();

  private CompactionWorker worker() {
    return new CompactionWorker(
        LOG,
        () -> {
          openings.incrementAndGet();
          return compactor;
        });
  }

  @Test
  void nothingIsOpenedUntilSomethingWasCommitted() throws Exception {
    try (CompactionWorker worker = worker()) {
      assertThat(worker.awaitIdle(PATIENCE)).isTrue();
      assertThat(openings).hasValue(0);
    }
    assertThat(openings).hasValue(0);
  }

  @Test
  void onePartitionAfterTheOtherAndOneThatIsNamedOftenIsLookedAtOnce() throws Exception {
    try (CompactionWorker worker = worker()) {
      worker.look(Set.of(0));
      compactor.entered.await();
      for (int commit = 0; commit < 5; commit++) {
        worker.look(Set.of(0));
        worker.look(Set.of(1));
      }
      assertThat(worker.due()).isEqualTo(2);
      compactor.gate.countDown();
      assertThat(worker.awaitIdle(PATIENCE)).isTrue();
      assertThat(compactor.looked).containsExactly(0, 0, 1);
      assertThat(compactor.mostAtATime).hasValue(1);
      assertThat(openings).hasValue(1);
      assertThat(worker.compactions()).isEqualTo(3);
    }
    assertThat(compactor.closed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatFailsIsCountedAndTheNextIsCompacted() throws Exception {
    compactor.gate.countDown();
    try (CompactionWorker worker = worker()) {
      worker.look(List.of(9));
      worker.look(List.of(8));
      worker.look(List.of(0));
      assertThat(worker.awaitIdle(PATIENCE)).isTrue();
      assertThat(compactor.looked).containsExactly(9, 8, 0);
      assertThat(worker.failures()).isEqualTo(1);
      assertThat(worker.compactions()).isEqualTo(1);
    }
  }

  @Test
  void aStoreThatCannotBeOpenedIsTriedAgainWithTheNextPartition() throws Exception {
    compactor.gate.countDown();
    try (CompactionWorker worker =
        new CompactionWorker(
            LOG,
            () -> {
              if (openings.incrementAndGet() == 1) {
                throw new IOException("not now");
              }
              return compactor;
            })) {
      worker.look(List.of(0));
      assertThat(worker.awaitIdle(PATIENCE)).isTrue();
      assertThat(worker.failures()).isEqualTo(1);
      worker.look(List.of(0));
      assertThat(worker.awaitIdle(PATIENCE)).isTrue();
      assertThat(worker.compactions()).isEqualTo(1);
    }
  }

  @Test
  void closingInterruptsWhatIsUnderWayAndForgetsWhatWaits() throws Exception {
    CompactionWorker worker = worker();
    worker.look(List.of(0));
    worker.look(List.of(1));
    compactor.entered.await();
    assertThat(worker.awaitIdle(Duration.ofMillis(1))).isFalse();
    worker.close();
    assertThat(compactor.interrupted.getCount()).isZero();
    assertThat(compactor.closed.getCount()).isZero();
    assertThat(compactor.looked).containsExactly(0);
    worker.look(List.of(1));
    assertThat(compactor.looked).containsExactly(0);
  }
}
