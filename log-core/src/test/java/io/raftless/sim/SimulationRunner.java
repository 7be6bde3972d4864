package io.raftless.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Runs many seeds, several at a time; each of them single-threaded. */
final class SimulationRunner {

  /**
   * What came of it.
   *
   * @param seeds that were run
   * @param requests to the store, all together
   * @param failed the first one that was found, if any
   */
  record Report(long seeds, long requests, Reached reached, Simulation.@Nullable Outcome failed) {}

  private final Emphasis emphasis;
  private final long first;
  private final long count;
  private final AtomicLong next;
  private final AtomicBoolean isOver = new AtomicBoolean();

  /** Guarded by this, as all below. */
  private final Reached reached = new Reached();

  private long seeds;
  private long requests;
  private Simulation.@Nullable Outcome failed;

  private SimulationRunner(Emphasis emphasis, long first, long count) {
    this.emphasis = emphasis;
    this.first = first;
    this.count = count;
    this.next = new AtomicLong(first);
  }

  /** Runs the seeds from {@code first} on; ends at the first violation. */
  static Report run(Emphasis emphasis, long first, long count) throws InterruptedException {
    return new SimulationRunner(emphasis, first, count)
        .run(Runtime.getRuntime().availableProcessors());
  }

  @SuppressWarnings("try")
  private Report run(int threads) throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Quiet unused = new Quiet()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        all.add(pool.submit(this::work));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the simulator broke", e.getCause());
    } finally {
      pool.shutdownNow();
    }
    synchronized (this) {
      return new Report(seeds, requests, reached, failed);
    }
  }

  private void work() {
    try (Strands strands = new Strands()) {
      for (long seed = next.getAndIncrement();
          seed - first < count && !isOver.get();
          seed = next.getAndIncrement()) {
        note(new Simulation(emphasis.plan(seed), strands).run());
      }
    }
  }

  private synchronized void note(Simulation.Outcome outcome) {
    seeds++;
    requests += outcome.requests();
    reached.addAll(outcome.reached());
    if (outcome.violation() != null && failed == null) {
      failed = outcome;
      isOver.set(true);
    }
  }
}
