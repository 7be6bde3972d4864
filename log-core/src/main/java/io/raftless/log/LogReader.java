package io.raftless.log;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Reads any number of partitions from one thread. Fetches ahead in the background, within a memory
 * budget; at the end of a partition it asks the head, conditionally and ever less often, whether
 * there is more.
 *
 * <p>One thread owns it; {@link #wakeUp} alone may be called from others.
 */
public final class LogReader implements AutoCloseable, Dependent {
  private final RaftlessLog log;
  private final ObjectStore store;
  private final LogRuntime runtime;
  private final ReaderOptions options;
  private final FetchBudget budget;

  /** What all fetchers of this reader share: their state and this reader's is guarded by it. */
  private final Object lock = new Object();

  private final ReadyLine line = new ReadyLine(lock);
  private final Map<Integer, PartitionFetcher> fetchers = new HashMap<>();

  private boolean isWokenUp;
  private boolean isClosed;

  LogReader(RaftlessLog log, ObjectStore store, LogRuntime runtime, ReaderOptions options) {
    this.log = log;
    this.store = store;
    this.runtime = runtime;
    this.options = options;
    this.budget = new FetchBudget(options.maxBytesInMemory());
  }

  /**
   * Starts reading a partition.
   *
   * @param offset of the first record wanted; the end of the partition is fine
   * @throws IllegalArgumentException if there is no such partition, or the offset is negative
   * @throws IllegalStateException if the partition is assigned already
   */
  public void assign(int partition, long offset) {
    assign(partition, StartAt.offset(offset));
  }

  /**
   * Starts reading a partition.
   *
   * @throws IllegalArgumentException if there is no such partition
   * @throws IllegalStateException if the partition is assigned already
   */
  public void assign(int partition, StartAt start) {
    Partition target = log.partition(partition);
    synchronized (lock) {
      requireOpen();
      if (fetchers.containsKey(partition)) {
        throw new IllegalStateException("partition " + partition + " is assigned already");
      }
      begin(target, start, false);
    }
  }

  private void begin(Partition target, StartAt start, boolean isPaused) {
    PartitionFetcher fetcher =
        new PartitionFetcher(
            target,
            start,
            group -> log.group(group.name()).startOf(target.number(), group.ifNoCursor()),
            store,
            runtime,
            options,
            budget,
            line,
            lock);
    fetchers.put(target.number(), fetcher);
    if (isPaused) {
      fetcher.pause();
    }
    fetcher.proceed();
  }

  /**
   * Goes on elsewhere in a partition: what was fetched and not handed out is dropped, a failure is
   * forgotten, and a paused partition stays paused.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void seek(int partition, StartAt start) {
    synchronized (lock) {
      requireOpen();
      PartitionFetcher before = assigned(partition);
      Partition target = log.partition(partition);
      before.stop();
      begin(target, start, before.isPaused());
      budget.proceedWaiting();
    }
  }

  /**
   * The offset of the next record that {@link #poll} will hand out. It moves with what is polled,
   * and also, with nothing polled, when a trimmed partition is gone on with at its first offset
   * ({@link ReaderOptions.OnTrimmed#EARLIEST}): who reads up to an offset must look here as well.
   * Empty until it is known where to begin.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public OptionalLong position(int partition) {
    synchronized (lock) {
      return assigned(partition).position();
    }
  }

  /**
   * The end of the partition when its head was last looked at; empty if it was not yet.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public OptionalLong endOffset(int partition) {
    synchronized (lock) {
      return assigned(partition).endOffset();
    }
  }

  /**
   * How many records are between {@link #position} and {@link #endOffset}; empty if one of them is.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public OptionalLong lag(int partition) {
    synchronized (lock) {
      OptionalLong position = position(partition);
      OptionalLong end = endOffset(partition);
      return position.isPresent() && end.isPresent()
          ? OptionalLong.of(Math.max(0, end.getAsLong() - position.getAsLong()))
          : OptionalLong.empty();
    }
  }

  /** Stops reading a partition and drops what was fetched ahead; one not assigned is no error. */
  public void unassign(int partition) {
    synchronized (lock) {
      PartitionFetcher fetcher = fetchers.remove(partition);
      if (fetcher != null) {
        fetcher.stop();
        budget.proceedWaiting();
      }
    }
  }

  /**
   * Hands out nothing of a partition until {@link #resume}.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void pause(int partition) {
    synchronized (lock) {
      assigned(partition).pause();
    }
  }

  /**
   * Undoes {@link #pause}.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void resume(int partition) {
    synchronized (lock) {
      assigned(partition).resume();
    }
  }

  private PartitionFetcher assigned(int partition) {
    PartitionFetcher fetcher = fetchers.get(partition);
    if (fetcher == null) {
      throw new IllegalStateException("partition " + partition + " is not assigned");
    }
    return fetcher;
  }

  /**
   * The next batch of any partition that is not paused; batches of one partition come in order.
   * Empty if there was none in time or somebody called {@link #wakeUp}.
   *
   * <p>A partition that failed stays failed, also if the cause has passed, until {@link #seek}; the
   * others go on.
   *
   * @throws RaftlessException.OffsetTrimmed if the offset was trimmed
   * @throws RaftlessException.OffsetBeyondEnd if the offset to begin at is beyond the end
   * @throws RaftlessException.Corrupted if data is damaged or gone
   * @throws RaftlessException.LogNotFound if the log was deleted
   * @throws RaftlessException.Failed if the store cannot be read
   * @throws InterruptedException if interrupted
   */
  public Optional<ReadBatch> poll(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (true) {
        requireOpen();
        Optional<ReadBatch> batch = next();
        if (batch.isPresent()) {
          return batch;
        }
        long left = deadline - System.nanoTime();
        if (isWokenUp || left <= 0) {
          isWokenUp = false;
          return Optional.empty();
        }
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
    }
  }

  private Optional<ReadBatch> next() {
    PartitionFetcher fetcher = line.next();
    while (fetcher != null) {
      Optional<ReadBatch> batch;
      try {
        batch = fetcher.poll();
      } finally {
        // To the end of the line, also if it failed: the others have their turns.
        fetcher.tell();
      }
      if (batch.isPresent()) {
        fetcher.proceed();
        budget.proceedWaiting();
        return batch;
      }
      fetcher = line.next();
    }
    return Optional.empty();
  }

  /** Makes the current or the next {@link #poll} return at once. Thread-safe. */
  public void wakeUp() {
    synchronized (lock) {
      isWokenUp = true;
      lock.notifyAll();
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("the reader is closed");
    }
  }

  @Override
  public void logClosed() {
    close();
  }

  /** Stops fetching; a {@link #poll} under way fails. */
  @Override
  public void close() {
    log.forget(this);
    synchronized (lock) {
      isClosed = true;
      fetchers.values().forEach(PartitionFetcher::stop);
      fetchers.clear();
      lock.notifyAll();
    }
  }
}
