package io.raftless.log;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads any number of partitions of any number of logs from one thread, within one memory budget.
 * What is read is told apart by keys of the caller's choice: one partition may be read several
 * times, at different places. Else like {@link LogReader}, which is this for a single log.
 *
 * <p>One thread owns it; {@link #wakeUp}, {@link #position}, {@link #endOffset} and {@link #lag}
 * may be called from others.
 *
 * @param <K> the keys, by {@code equals}
 */
public final class MultiLogReader<K> implements AutoCloseable, Dependent {
  private final ReaderOptions options;
  private final FetchBudget budget;

  /** What all fetchers of this reader share: their state and this reader's is guarded by it. */
  private final Object lock = new Object();

  private final ReadyLine line = new ReadyLine(lock);
  private final PartitionFetcher.Shared shared;
  private final Map<K, Assigned<K>> assigned = new HashMap<>();
  private final Map<PartitionFetcher, Assigned<K>> byFetcher = new HashMap<>();

  private boolean isWokenUp;
  private boolean isClosed;

  private record Assigned<K>(K key, RaftlessLog log, Partition target, PartitionFetcher fetcher) {}

  /**
   * What a poll brought: a batch, or the failure that ended it.
   *
   * @param <K> the keys
   */
  public static final class Polled<K> {
    private final K key;
    private final @Nullable ReadBatch batch;
    private final @Nullable RuntimeException failure;

    private Polled(K key, @Nullable ReadBatch batch, @Nullable RuntimeException failure) {
      this.key = key;
      this.batch = batch;
      this.failure = failure;
    }

    /** What it is of. */
    public K key() {
      return key;
    }

    /**
     * Why nothing more is read, as {@link LogReader#poll} would throw it; empty if there is more.
     */
    public Optional<RuntimeException> failure() {
      return Optional.ofNullable(failure);
    }

    /**
     * The batch.
     *
     * @throws RaftlessException the failure, if it is one
     */
    public ReadBatch batch() {
      if (failure != null) {
        throw failure;
      }
      return Objects.requireNonNull(batch);
    }
  }

  /**
   * Makes a reader that reads nothing yet.
   *
   * @param options {@code maxBytesInMemory} is for all that it reads together
   */
  public MultiLogReader(ReaderOptions options) {
    this.options = options;
    this.budget = new FetchBudget(options.maxBytesInMemory());
    this.shared = new PartitionFetcher.Shared(lock, budget, line, new PlannedBlocks());
  }

  /**
   * Starts reading a partition of a log. When the log is closed, so is this reader.
   *
   * @throws IllegalArgumentException if there is no such partition
   * @throws IllegalStateException if the key is assigned already, or the log or this is closed
   */
  public void assign(K key, RaftlessLog log, int partition, StartAt start) {
    Partition target = log.partition(partition);
    log.remembered(this);
    synchronized (lock) {
      requireOpen();
      if (assigned.containsKey(key)) {
        throw new IllegalStateException("partition " + key + " is assigned already");
      }
      begin(key, log, target, start, false);
    }
  }

  private void begin(K key, RaftlessLog log, Partition target, StartAt start, boolean isPaused) {
    PartitionFetcher fetcher = log.newFetcher(target, start, options, shared);
    Assigned<K> begun = new Assigned<>(key, log, target, fetcher);
    assigned.put(key, begun);
    byFetcher.put(fetcher, begun);
    if (isPaused) {
      fetcher.pause();
    }
    fetcher.proceed();
  }

  /**
   * Goes on elsewhere in a partition, see {@link LogReader#seek}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public void seek(K key, StartAt start) {
    synchronized (lock) {
      requireOpen();
      Assigned<K> before = assigned(key);
      before.fetcher().stop();
      byFetcher.remove(before.fetcher());
      begin(key, before.log(), before.target(), start, before.fetcher().isPaused());
      budget.proceedWaiting();
    }
  }

  /**
   * See {@link LogReader#position}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public OptionalLong position(K key) {
    synchronized (lock) {
      return assigned(key).fetcher().position();
    }
  }

  /**
   * See {@link LogReader#endOffset}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public OptionalLong endOffset(K key) {
    synchronized (lock) {
      return assigned(key).fetcher().endOffset();
    }
  }

  /**
   * See {@link LogReader#lag}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public OptionalLong lag(K key) {
    synchronized (lock) {
      OptionalLong position = position(key);
      OptionalLong end = endOffset(key);
      return position.isPresent() && end.isPresent()
          ? OptionalLong.of(Math.max(0, end.getAsLong() - position.getAsLong()))
          : OptionalLong.empty();
    }
  }

  /**
   * See {@link LogReader#storedBytes}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public Optional<StoredBytes> storedBytes(K key) {
    synchronized (lock) {
      return assigned(key).fetcher().storedBytes();
    }
  }

  /** Stops reading and drops what was fetched ahead; a key that is not assigned is no error. */
  public void unassign(K key) {
    synchronized (lock) {
      Assigned<K> removed = assigned.remove(key);
      if (removed != null) {
        byFetcher.remove(removed.fetcher());
        removed.fetcher().stop();
        budget.proceedWaiting();
        if (assigned.values().stream().noneMatch(other -> other.log() == removed.log())) {
          // Nothing of it is read any more: it may be closed.
          removed.log().forget(this);
        }
      }
    }
  }

  /**
   * Hands out nothing until {@link #resume}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public void pause(K key) {
    synchronized (lock) {
      assigned(key).fetcher().pause();
    }
  }

  /**
   * Undoes {@link #pause}.
   *
   * @throws IllegalStateException if the key is not assigned
   */
  public void resume(K key) {
    synchronized (lock) {
      assigned(key).fetcher().resume();
      budget.proceedWaiting();
    }
  }

  private Assigned<K> assigned(K key) {
    Assigned<K> found = assigned.get(key);
    if (found == null) {
      throw new IllegalStateException("partition " + key + " is not assigned");
    }
    return found;
  }

  /**
   * The next batch of anything that is not paused, or the failure that ended something; batches of
   * one key come in order. Empty if there was none in time or somebody called {@link #wakeUp}.
   *
   * <p>What failed stays failed, and is reported again and again, until {@link #seek} or {@link
   * #unassign}; the rest goes on.
   *
   * @throws IllegalStateException if this is closed
   * @throws InterruptedException if interrupted
   */
  public Optional<Polled<K>> poll(Duration timeout) throws InterruptedException {
    // A limit that is too long for a long is as long as one can be; of below 0 the end is now.
    long limit = Math.max(0, TimeUnit.NANOSECONDS.convert(timeout));
    long deadline = System.nanoTime() + limit;
    synchronized (lock) {
      while (true) {
        requireOpen();
        Optional<Polled<K>> polled = next();
        if (polled.isPresent()) {
          return polled;
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

  private Optional<Polled<K>> next() {
    PartitionFetcher fetcher = line.next();
    while (fetcher != null) {
      Assigned<K> source = Objects.requireNonNull(byFetcher.get(fetcher));
      Optional<ReadBatch> batch;
      try {
        batch = fetcher.poll();
      } catch (RuntimeException failure) {
        return Optional.of(new Polled<>(source.key(), null, failure));
      } finally {
        // To the end of the line, also if it failed: the others have their turns.
        fetcher.tell();
      }
      if (batch.isPresent()) {
        fetcher.proceed();
        budget.proceedWaiting();
        return Optional.of(new Polled<>(source.key(), batch.get(), null));
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
    synchronized (lock) {
      isClosed = true;
      assigned
          .values()
          .forEach(
              stopped -> {
                stopped.fetcher().stop();
                stopped.log().forget(this);
              });
      assigned.clear();
      byFetcher.clear();
      lock.notifyAll();
    }
  }
}
