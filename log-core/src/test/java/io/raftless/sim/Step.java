package io.raftless.sim;

import java.time.Duration;
import java.util.List;

/** What a client does next. A step says what, and the world decides what becomes of it. */
sealed interface Step {

  /**
   * Appends records one by one, without waiting for any of them.
   *
   * @param records how many
   */
  record Append(int partition, int records) implements Step {}

  /**
   * Appends records as one.
   *
   * @param isConditional whether only at the offset that is the next one just before
   */
  record AppendTogether(int partition, int records, boolean isConditional) implements Step {}

  /** Appends a record together with a position; without a writer id it is a plain append. */
  record AppendWithPosition(int partition) implements Step {}

  /** Waits for everything appended so far; goes on with what failed. */
  record Flush() implements Step {}

  /** Uploads a batch for each of these partitions, and keeps the staged batches outside. */
  record Stage(List<Integer> partitions, int records) implements Step {}

  /**
   * Commits what somebody staged, maybe for the second time.
   *
   * @param pick which of what was staged
   * @param isClaimed whether with this client's claim, if it has one
   */
  record Commit(int pick, boolean isClaimed) implements Step {}

  /**
   * Acquires a writer id, and appends with it from then on; the writer before goes on as a zombie.
   */
  record Acquire(String writerId) implements Step {}

  /** Acquires again with the holder that this client was, as a process does after a time-out. */
  record AcquireAgain() implements Step {}

  /** Fences the log. */
  record Fence() implements Step {}

  /** Undoes the fence that somebody made last, as far as this client can know. */
  record Unfence() implements Step {}

  /** Compacts whatever there is, in small segments. */
  record Compact(int partition) implements Step {}

  /** Deletes garbage older than this. */
  record Vacuum(Duration retention) implements Step {}

  /**
   * Trims.
   *
   * @param percent of what is readable
   */
  record Trim(int partition, int percent) implements Step {}

  /** Adds a partition. */
  record Grow(int partitions) implements Step {}

  /** Changes the settings. */
  record Settings(Duration vacuumRetention) implements Step {}

  /** Stores a position without records. */
  record StorePosition(int partition) implements Step {}

  /** Reads from where this client left off, or from the earliest offset. */
  record Read(int partition, int polls, boolean isFromEarliest) implements Step {}

  /** Reads until what is the end now is reached, however long that takes. */
  record CatchUp(int partition) implements Step {}

  /** Asks for the next offset and the first one. */
  record Look(int partition) implements Step {}

  /** Verifies everything. */
  record Verify() implements Step {}

  /** Acknowledges a few records of a group. */
  record Acknowledge(int partition, int records) implements Step {}

  /** Closes writer and handle without waiting, and opens new ones. */
  record Reopen() implements Step {}

  /** Does nothing. */
  record Rest(Duration time) implements Step {}
}
