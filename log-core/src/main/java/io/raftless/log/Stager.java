package io.raftless.log;

import io.raftless.format.LogRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The first phase of a two-phase append: uploads records without making them visible. Records of
 * one partition keep the order in which they were added, over batches as well: {@link
 * RaftlessLog#commit} appends batches in the order it is given them.
 *
 * <p>Not thread-safe: one owner.
 */
public final class Stager implements AutoCloseable {

  /**
   * Buffers a record; uploads in the background when enough are buffered. Waits while memory is
   * full.
   *
   * @throws RaftlessException.Failed if an earlier upload failed for good; nothing was staged since
   *     the last {@link #stage}
   * @throws InterruptedException if interrupted while waiting
   */
  public void add(int partition, LogRecord record) throws InterruptedException {
    throw new UnsupportedOperationException();
  }

  /**
   * Uploads what is buffered. Completes, once all uploads are durable, with everything added since
   * the last call, in order: one list per WAL object, with one batch per partition in it. Empty if
   * nothing was added.
   *
   * <p>Completes exceptionally with {@link RaftlessException.Failed} if an upload failed for good.
   */
  public CompletableFuture<List<List<StagedBatch>>> stage() {
    throw new UnsupportedOperationException();
  }

  /** Forgets what is not staged. Uploads under way may still finish; vacuum removes them. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
