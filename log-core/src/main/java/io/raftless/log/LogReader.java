package io.raftless.log;

import java.time.Duration;
import java.util.Optional;

/**
 * Reads any number of partitions from one thread. Fetches ahead in the background, within a memory
 * budget; at the end of a partition it asks the head, conditionally and ever less often, whether
 * there is more.
 *
 * <p>One thread owns it; {@link #wakeUp} alone may be called from others.
 */
public final class LogReader implements AutoCloseable {

  /**
   * Starts reading a partition.
   *
   * @param offset of the first record wanted; the end of the partition is fine
   * @throws IllegalStateException if the partition is assigned already
   */
  public void assign(int partition, long offset) {
    throw new UnsupportedOperationException();
  }

  /** Stops reading a partition and drops what was fetched ahead. */
  public void unassign(int partition) {
    throw new UnsupportedOperationException();
  }

  /** Hands out nothing of a partition until {@link #resume}. */
  public void pause(int partition) {
    throw new UnsupportedOperationException();
  }

  /** Undoes {@link #pause}. */
  public void resume(int partition) {
    throw new UnsupportedOperationException();
  }

  /**
   * The next batch of any partition that is not paused; batches of one partition come in order.
   * Empty if there was none in time or somebody called {@link #wakeUp}.
   *
   * @throws RaftlessException.OffsetOutOfRange if the offset is trimmed or beyond the end
   * @throws RaftlessException.Corrupted if data is damaged or gone
   * @throws RaftlessException.LogNotFound if the log was deleted
   * @throws RaftlessException.Failed if the store cannot be read
   * @throws InterruptedException if interrupted
   */
  public Optional<ReadBatch> poll(Duration timeout) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** Makes the current or the next {@link #poll} return at once. Thread-safe. */
  public void wakeUp() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
