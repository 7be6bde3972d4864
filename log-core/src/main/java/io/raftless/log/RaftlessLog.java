package io.raftless.log;

import io.raftless.id.Incarnation;
import io.raftless.store.ObjectStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An open log: the handle from which writers, stagers and readers are made. Cheap to keep,
 * thread-safe, and bound to the incarnation that existed when it was opened.
 *
 * <p>Closing it does not close the store.
 */
public final class RaftlessLog implements AutoCloseable {

  /**
   * Opens a log that exists.
   *
   * @throws RaftlessException.LogNotFound if there is none
   * @throws RaftlessException.Failed if the store cannot be read
   */
  public static RaftlessLog open(ObjectStore store, LogId id) {
    throw new UnsupportedOperationException();
  }

  /**
   * Creates a log.
   *
   * @param partitions 1 to 10,000
   * @throws RaftlessException.LogExists if there is one
   * @throws RaftlessException.UnknownOutcome if the store did not say whether it was created
   */
  public static RaftlessLog create(ObjectStore store, LogId id, int partitions) {
    throw new UnsupportedOperationException();
  }

  /** Opens the log, creating it if there is none; an existing one may have other partitions. */
  public static RaftlessLog openOrCreate(ObjectStore store, LogId id, int partitions) {
    throw new UnsupportedOperationException();
  }

  public LogId id() {
    throw new UnsupportedOperationException();
  }

  public Incarnation incarnation() {
    throw new UnsupportedOperationException();
  }

  /** How many partitions there were when the log was opened. */
  public int partitions() {
    throw new UnsupportedOperationException();
  }

  /** Reads a partition's head. */
  public CompletableFuture<PartitionStatus> status(int partition) {
    throw new UnsupportedOperationException();
  }

  /** Makes a stager. */
  public Stager newStager(StagerOptions options) {
    throw new UnsupportedOperationException();
  }

  /** Makes a reader without partitions. */
  public LogReader newReader(ReaderOptions options) {
    throw new UnsupportedOperationException();
  }

  /**
   * Acquires a writer id on every partition: partition 0 first, the others after it, so that two
   * newcomers cannot supersede each other (design §4). A no-op where {@code holder} holds it
   * already.
   *
   * <p>The future fails with {@link RaftlessException.WriterFenced} if {@code holder} was
   * superseded by another holder before: it can never acquire again.
   *
   * @param writerId 1 to 200 characters
   * @param holder 1 to 200 characters; shared by all processes that are one incarnation of the
   *     writer
   * @return claims by partition
   */
  public CompletableFuture<Map<Integer, WriterClaim>> acquire(String writerId, String holder) {
    throw new UnsupportedOperationException();
  }

  /**
   * The second phase: appends staged batches of one partition, in the given order, with one
   * conditional write for all that are not in the log yet. Repeating it is harmless, at any time
   * and from any process.
   *
   * <p>The future fails with {@link RaftlessException.LogFenced}, {@link
   * RaftlessException.WriterFenced}, {@link RaftlessException.OtherIncarnation}, {@link
   * RaftlessException.StagedBatchExpired}: this attempt appended nothing. With {@link
   * RaftlessException.UnknownOutcome}: call it again.
   *
   * @param claim to append as a writer id; null to append without fencing
   * @param position to store with the records, small JSON of at most 2,048 characters; null to
   *     leave it as it is. Needs a claim
   */
  public CompletableFuture<CommitResult> commit(
      int partition,
      List<StagedBatch> batches,
      @Nullable WriterClaim claim,
      @Nullable String position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
