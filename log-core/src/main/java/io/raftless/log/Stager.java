package io.raftless.log;

import io.raftless.format.Chunks;
import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first phase of a two-phase append: uploads records without making them visible. Records of
 * one partition keep the order in which they were added, over batches as well: {@link
 * RaftlessLog#commit} appends batches in the order it is given them.
 *
 * <p>Not thread-safe: one owner.
 */
public final class Stager implements AutoCloseable, Dependent {
  private static final Logger LOG = LoggerFactory.getLogger(Stager.class);

  private final RaftlessLog log;
  private final Incarnation incarnation;
  private final StagerOptions options;
  private final WalUploads uploads;
  private final MemoryBudget memory;

  private final Chunks chunks;
  private RecordBuffer buffer;

  /** Since the last {@link #stage}, in order. */
  private List<CompletableFuture<List<StagedBatch>>> started = new ArrayList<>();

  /** Fails when the log is closed: nobody may wait for uploads any more. */
  private final CompletableFuture<List<List<StagedBatch>>> abandoned = new CompletableFuture<>();

  /** Of the uploads in {@link #started}. */
  private AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

  private volatile boolean isClosed;

  Stager(RaftlessLog log, StagerOptions options, WalUploads uploads) {
    this.log = log;
    this.incarnation = log.incarnation();
    this.options = options;
    this.uploads = uploads;
    this.chunks = new Chunks(options.maxBytesInMemory() / 2);
    this.memory = new MemoryBudget(options.maxBytesInMemory(), chunks);
    this.buffer = new RecordBuffer(chunks);
  }

  /**
   * Buffers a record; uploads in the background when enough are buffered. Waits while memory is
   * full.
   *
   * @throws IllegalArgumentException if there is no such partition, or the record is too large
   * @throws IllegalStateException if the stager or its log is closed, also while waiting for memory
   * @throws RaftlessException.Failed if an earlier upload failed for good; nothing that was added
   *     since the last {@link #stage} is staged
   * @throws InterruptedException if interrupted while waiting
   */
  public void add(int partition, LogRecord record) throws InterruptedException {
    requireOpen();
    log.requirePartition(partition);
    long bytes = UploadLimits.requireFitting(record, options.maxRecordBytes());
    memory.reserve(
        bytes,
        () -> {
          LOG.debug("waiting for uploads: {} bytes are in memory", options.maxBytesInMemory());
          upload();
        });
    Throwable failure = firstFailure.get();
    if (failure != null) {
      memory.release(bytes);
      throw Failures.translate(failure, "staging");
    }
    if (!buffer.has(partition)) {
      memory.take(UploadLimits.BATCH_OVERHEAD);
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
    buffer = new RecordBuffer(chunks);
    AtomicReference<@Nullable Throwable> failure = firstFailure;
    // Not the buffer: it would be kept until its upload is finished.
    long reserved = full.reservedBytes() + (long) full.size() * UploadLimits.BATCH_OVERHEAD;
    started.add(
        uploads
            .upload(full.batches())
            .whenComplete(
                (refs, trouble) -> {
                  memory.release(reserved);
                  if (trouble != null) {
                    failure.compareAndSet(null, trouble);
                  }
                })
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
    firstFailure = new AtomicReference<>();
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
        .thenApply(unused -> all.stream().map(CompletableFuture::join).toList())
        .applyToEither(abandoned, staged -> staged);
  }

  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("the stager is closed");
    }
  }

  /** Forgets what is not staged. Uploads under way may still finish; vacuum removes them. */
  @Override
  public void close() {
    log.forget(this);
    isClosed = true;
    memory.close();
    buffer = new RecordBuffer(chunks);
    started = new ArrayList<>();
  }

  @Override
  public void logClosed() {
    isClosed = true;
    memory.close();
    abandoned.completeExceptionally(
        new RaftlessException.Failed(
            "the log was closed before the upload was finished; nothing is staged",
            new IllegalStateException("closed")));
  }
}
