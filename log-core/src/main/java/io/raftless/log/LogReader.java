package io.raftless.log;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads any number of partitions of one log from one thread. Fetches ahead in the background,
 * within a memory budget; at the end of a partition it asks the head, conditionally and ever less
 * often, whether there is more.
 *
 * <p>One thread owns it; {@link #wakeUp} alone may be called from others.
 */
public final class LogReader implements AutoCloseable {
  private final RaftlessLog log;
  private final MultiLogReader<Integer> reader;

  LogReader(RaftlessLog log, ReaderOptions options) {
    this.log = log;
    this.reader = new MultiLogReader<>(options);
    log.remembered(reader);
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
    reader.assign(partition, log, partition, start);
  }

  /**
   * Goes on elsewhere in a partition: what was fetched and not handed out is dropped, a failure is
   * forgotten, and a paused partition stays paused.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void seek(int partition, StartAt start) {
    reader.seek(partition, start);
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
    return reader.position(partition);
  }

  /**
   * The end of the partition when its head was last looked at; empty if it was not yet.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public OptionalLong endOffset(int partition) {
    return reader.endOffset(partition);
  }

  /**
   * How many records are between {@link #position} and {@link #endOffset}; empty if one of them is.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public OptionalLong lag(int partition) {
    return reader.lag(partition);
  }

  /**
   * What the partition takes in the store, as its head said when it was last looked at; empty if it
   * was not yet. For metrics: nothing is asked of the store.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public Optional<StoredBytes> storedBytes(int partition) {
    return reader.storedBytes(partition);
  }

  /** Stops reading a partition and drops what was fetched ahead; one not assigned is no error. */
  public void unassign(int partition) {
    reader.unassign(partition);
    // Also who reads nothing at the moment is told when the log is closed.
    log.remembered(reader);
  }

  /**
   * Hands out nothing of a partition until {@link #resume}.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void pause(int partition) {
    reader.pause(partition);
  }

  /**
   * Undoes {@link #pause}.
   *
   * @throws IllegalStateException if the partition is not assigned
   */
  public void resume(int partition) {
    reader.resume(partition);
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
    Optional<MultiLogReader.Polled<Integer>> polled = reader.poll(timeout);
    return polled.isEmpty() ? Optional.empty() : Optional.of(polled.get().batch());
  }

  /** Makes the current or the next {@link #poll} return at once. Thread-safe. */
  public void wakeUp() {
    reader.wakeUp();
  }

  /** Stops fetching; a {@link #poll} under way fails. */
  @Override
  public void close() {
    log.forget(reader);
    reader.close();
  }
}
