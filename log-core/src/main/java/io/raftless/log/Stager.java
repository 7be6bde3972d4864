package io.raftless.log;

import io.raftless.format.BatchBuilder;
import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import java.util.ArrayList;
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
  private final Incarnation incarnation;
  private final int partitions;
  private final StagerOptions options;
  private final WalUploads uploads;
  private final MemoryBudget memory;

  private RecordBuffer buffer = new RecordBuffer();

  /** Since the last {@link #stage}, in order. */
  private List<CompletableFuture<List<StagedBatch>>> started = new ArrayList<>();

  private boolean isClosed;

  Stager(Incarnation incarnation, int partitions, StagerOptions options, WalUploads uploads) {
    this.incarnation = incarnation;
    this.partitions = partitions;
    this.options = options;
    this.uploads = uploads;
    this.memory = new MemoryBudget(options.maxBytesInMemory());
  }

  /**
   * Buffers a record; uploads in the background when enough are buffered. Waits while memory is
   * full.
   *
   * @throws IllegalArgumentException if there is no such partition
   * @throws RaftlessException.Failed if an earlier upload failed for good; nothing that was added
   *     since the last {@link #stage} is staged
   * @throws InterruptedException if interrupted while waiting
   */
  public void add(int partition, LogRecord record) throws InterruptedException {
    requireOpen();
    if (partition < 0 || partition >= partitions) {
      throw new IllegalArgumentException(
          "partition " + partition + ": the log has partitions 0 to " + (partitions - 1));
    }
    long bytes = BatchBuilder.requireFitting(record);
    if (!memory.tryReserve(bytes)) {
      upload();
      if (!memory.reserve(bytes, Long.MAX_VALUE / 2_000_000)) {
        throw new IllegalStateException("memory did not become free in a lifetime");
      }
    }
    for (CompletableFuture<?> upload : started) {
      if (upload.isCompletedExceptionally()) {
        memory.release(bytes);
        Failures.join(upload, "staging");
      }
    }
    buffer.add(partition, record, bytes);
    if (buffer.reservedBytes() >= options.objectBytes()) {
      upload();
    }
  }

  private void upload() {
    if (buffer.isEmpty()) {
      return;
    }
    RecordBuffer full = buffer;
    buffer = new RecordBuffer();
    started.add(
        uploads
            .upload(full.batches())
            .whenComplete((refs, trouble) -> memory.release(full.reservedBytes()))
            .thenApply(
                refs ->
                    refs.entrySet().stream()
                        .map(e -> new StagedBatch(incarnation, e.getKey(), e.getValue()))
                        .toList()));
  }

  /**
   * Uploads what is buffered. Completes, once all uploads are durable, with everything added since
   * the last call, in order: one list per WAL object, with one batch per partition in it. Empty if
   * nothing was added.
   *
   * <p>Completes exceptionally with {@link RaftlessException.Failed} if an upload failed for good.
   */
  public CompletableFuture<List<List<StagedBatch>>> stage() {
    requireOpen();
    upload();
    List<CompletableFuture<List<StagedBatch>>> all = started;
    started = new ArrayList<>();
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
        .thenApply(unused -> all.stream().map(CompletableFuture::join).toList());
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("the stager is closed");
    }
  }

  /** Forgets what is not staged. Uploads under way may still finish; vacuum removes them. */
  @Override
  public void close() {
    isClosed = true;
    buffer = new RecordBuffer();
    started = new ArrayList<>();
  }
}
