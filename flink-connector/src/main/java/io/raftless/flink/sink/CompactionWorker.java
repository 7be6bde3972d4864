package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.maintenance.CompactionReport;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts one partition after the other on a thread of its own, so that no checkpoint waits for
 * it. A partition that is named several times while it waits is looked at once. What fails is told
 * and counted, and looked at again when the partition is named again.
 *
 * <p>Thread-safe. Nothing is opened and no thread runs until the first partition is named.
 */
final class CompactionWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionWorker.class);

  /** For a compaction to notice that it is interrupted. */
  private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(10);

  private final LogId log;
  private final PartitionCompactor.Opener opener;

  /** In the order in which they were named. Guarded by this, as are the following. */
  private final Set<Integer> waiting = new LinkedHashSet<>();

  private @Nullable Thread thread;
  private boolean isBusy;
  private boolean isClosed;

  private volatile long compactions;
  private volatile long failures;
  private volatile long lastCompactionMillis;

  CompactionWorker(LogId log, PartitionCompactor.Opener opener) {
    this.log = log;
    this.opener = opener;
  }

  /** Has partitions looked at, soon. Returns at once. */
  synchronized void look(Collection<Integer> partitions) {
    if (isClosed) {
      return;
    }
    waiting.addAll(partitions);
    if (thread == null) {
      Thread started = new Thread(this::run, "raftless-compaction-" + log.name());
      started.setDaemon(true);
      started.start();
      thread = started;
    }
    notifyAll();
  }

  /** How often segments were installed. */
  long compactions() {
    return compactions;
  }

  /** How often a partition could not be compacted. */
  long failures() {
    return failures;
  }

  /** How many partitions wait to be looked at. */
  synchronized int due() {
    return waiting.size();
  }

  /** How long the last compaction took that installed segments; 0 before the first. */
  long lastCompactionMillis() {
    return lastCompactionMillis;
  }

  /**
   * Waits until nothing is left to be looked at.
   *
   * @return false if that is not so after {@code limit}
   */
  synchronized boolean awaitIdle(Duration limit) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    while (isBusy || !waiting.isEmpty()) {
      long remainingNanos = deadlineNanos - System.nanoTime();
      if (remainingNanos <= 0) {
        return false;
      }
      // At least one: zero would be for ever.
      wait(TimeUnit.NANOSECONDS.toMillis(remainingNanos) + 1);
    }
    return true;
  }

  private void run() {
    PartitionCompactor compactor = null;
    try {
      while (true) {
        int partition = next();
        try {
          if (compactor == null) {
            compactor = opener.open();
          }
          compact(compactor, partition);
        } catch (IOException | RuntimeException | Error e) {
          // Errors too: else this thread would be gone, and nobody would know.
          failed(partition, e);
        }
      }
    } catch (InterruptedException closed) {
      LOG.debug("no more compactions of log {}", log);
    } finally {
      idle();
      if (compactor != null) {
        compactor.close();
      }
    }
  }

  private void compact(PartitionCompactor compactor, int partition)
      throws IOException, InterruptedException {
    long startedNanos = System.nanoTime();
    CompactionReport report = compactor.compact(partition);
    if (report.outcome() == CompactionReport.Outcome.INSTALLED) {
      lastCompactionMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
      countCompaction();
      LOG.debug("log {}: {}", log, report);
    }
  }

  private void failed(int partition, Throwable trouble) {
    countFailure();
    LOG.warn(
        "partition {} of log {} was not compacted; the job goes on, and it is tried again after the"
            + " next commit to it",
        partition,
        log,
        trouble);
  }

  private synchronized void countCompaction() {
    compactions++;
  }

  private synchronized void countFailure() {
    failures++;
  }

  private synchronized int next() throws InterruptedException {
    isBusy = false;
    notifyAll();
    while (waiting.isEmpty() && !isClosed) {
      wait();
    }
    if (isClosed) {
      throw new InterruptedException("closed");
    }
    int partition = waiting.iterator().next();
    waiting.remove(partition);
    isBusy = true;
    return partition;
  }

  private synchronized void idle() {
    isBusy = false;
    notifyAll();
  }

  /** Interrupts what is under way, and forgets what waits. */
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      isClosed = true;
      waiting.clear();
      running = thread;
      notifyAll();
    }
    if (running == null) {
      return;
    }
    running.interrupt();
    try {
      running.join(LONGEST_GOODBYE.toMillis());
    } catch (InterruptedException e) {
      // Flink is in a hurry; the thread was told and ends by itself.
      Thread.currentThread().interrupt();
      return;
    }
    if (running.isAlive()) {
      LOG.warn(
          "a compaction of log {} still runs {} after it was told to stop", log, LONGEST_GOODBYE);
    }
  }
}
