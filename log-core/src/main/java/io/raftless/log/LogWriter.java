package io.raftless.log;

import io.raftless.format.BatchBuilder;
import io.raftless.format.LogRecord;
import io.raftless.head.AppendRequest;
import io.raftless.index.BatchRef;
import io.raftless.runtime.LogRuntime;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Appends records, asynchronously. Records are buffered, uploaded together with those of other
 * partitions, and committed together with those of other writers; a future says at which offset a
 * record is, once it is durable and visible.
 *
 * <p>Records of one partition are in the log in the order in which they were handed over. If one
 * cannot be appended, the later ones of that partition fail as well, with {@link
 * RaftlessException.EarlierRequestFailed}, until {@link #goOn}: there is never a gap in the order.
 *
 * <p>Futures fail with {@link RaftlessException.LogFenced}, {@link RaftlessException.WriterFenced},
 * {@link RaftlessException.OffsetMismatch}, {@link RaftlessException.Refused}, {@link
 * RaftlessException.Failed} or {@link RaftlessException.EarlierRequestFailed}: the record is not in
 * the log and never will be. The same holds of {@link RaftlessException.LogNotFound} and {@link
 * RaftlessException.OtherIncarnation} (the log was deleted), {@link RaftlessException.Corrupted}
 * (the head cannot be read) and {@code IllegalStateException} (this machine's clock is far off).
 * With {@link RaftlessException.UnknownOutcome}: nobody can tell.
 *
 * <p>Thread-safe. Futures complete on threads that must not be blocked.
 */
public final class LogWriter implements AutoCloseable, Dependent {
  private static final long MAX_BATCH_BYTES = 512L << 20;

  private final RaftlessLog log;
  private final LogRuntime runtime;
  private final WriterOptions options;
  private final WalUploads uploads;
  private final MemoryBudget memory;
  private final Map<Integer, AppendRequest.Fencing> fencings = new HashMap<>();

  /** Guarded by this, as are the following. */
  private final Map<Integer, AppendStream> streams = new HashMap<>();

  private final Set<PendingAppend> outstanding = new HashSet<>();
  private RecordBuffer buffer = new RecordBuffer();
  private Map<Integer, PendingAppend> buffered = new HashMap<>();
  private boolean isClosed;

  LogWriter(
      RaftlessLog log,
      LogRuntime runtime,
      WriterOptions options,
      WalUploads uploads,
      Map<Integer, WriterClaim> claims) {
    this.log = log;
    this.runtime = runtime;
    this.options = options;
    this.uploads = uploads;
    this.memory = new MemoryBudget(options.maxBytesInMemory());
    claims.forEach(
        (partition, claim) ->
            fencings.put(partition, new AppendRequest.Fencing(claim.writerId(), claim.epoch())));
  }

  /**
   * Appends a record.
   *
   * @return its offset
   * @throws IllegalArgumentException if there is no such partition, or the record is too large
   * @throws IllegalStateException if the writer or its log is closed, also while waiting for memory
   * @throws RaftlessException.BufferFull if memory is full and the writer is to fail then
   * @throws InterruptedException if interrupted while waiting for memory
   */
  public CompletableFuture<Long> append(int partition, LogRecord record)
      throws InterruptedException {
    Partition target = log.partition(partition);
    long bytes = BatchBuilder.requireFitting(record);
    reserve(bytes);
    synchronized (this) {
      requireOpen(bytes);
      AppendStream stream = stream(partition);
      if (stream.isPoisoned()) {
        return refused(stream, bytes);
      }
      boolean isFirst = buffer.isEmpty();
      int place = add(partition, record, bytes);
      PendingAppend pending = buffered.get(partition);
      if (pending == null) {
        pending = new PendingAppend(stream, AppendConditions.NONE);
        enqueue(target, pending);
        buffered.put(partition, pending);
      }
      CompletableFuture<Long> offset = pending.baseOffset().thenApply(base -> base + place);
      uploadIfDue(isFirst);
      return offset;
    }
  }

  /**
   * Appends records as one: all of them, next to each other, or none.
   *
   * @param records at least one
   * @param conditions what the append depends on
   * @return the offset of the first record
   * @throws IllegalArgumentException if there is no such partition, there are no records, they are
   *     too large together, or there is a position without a claim
   * @throws IllegalStateException if the writer or its log is closed, also while waiting for memory
   * @throws RaftlessException.BufferFull if memory is full and the writer is to fail then
   * @throws InterruptedException if interrupted while waiting for memory
   */
  public CompletableFuture<Long> append(
      int partition, List<LogRecord> records, AppendConditions conditions)
      throws InterruptedException {
    Partition target = log.partition(partition);
    if (records.isEmpty()) {
      throw new IllegalArgumentException("an append has at least one record");
    }
    if (conditions.position() != null && !fencings.containsKey(partition)) {
      throw new IllegalArgumentException(
          "a position needs a writer id: acquire one and make the writer with its claims");
    }
    long bytes = records.stream().mapToLong(BatchBuilder::requireFitting).sum();
    if (bytes > MAX_BATCH_BYTES) {
      throw new IllegalArgumentException(
          "the batch has up to " + bytes + " bytes: at most " + MAX_BATCH_BYTES + " go together");
    }
    BatchBuilder batch = new BatchBuilder();
    records.forEach(batch::add);
    reserve(bytes);
    synchronized (this) {
      requireOpen(bytes);
      AppendStream stream = stream(partition);
      if (stream.isPoisoned()) {
        return refused(stream, bytes);
      }
      if (buffer.has(partition)) {
        upload();
      }
      buffer.add(partition, batch, bytes);
      PendingAppend pending = new PendingAppend(stream, conditions);
      enqueue(target, pending);
      buffered.put(partition, pending);
      // The batch is complete: nothing may be added to it.
      upload();
      return pending.baseOffset().copy();
    }
  }

  /** Nothing is left behind by a record that could not be added. */
  private int add(int partition, LogRecord record, long reserved) {
    boolean isAdded = false;
    try {
      int place = buffer.add(partition, record, reserved);
      isAdded = true;
      return place;
    } finally {
      if (!isAdded) {
        memory.release(reserved);
      }
    }
  }

  private void reserve(long bytes) throws InterruptedException {
    if (memory.tryReserve(bytes)) {
      return;
    }
    synchronized (this) {
      upload();
    }
    if (options.onFull() == WriterOptions.OnFull.FAIL) {
      throw new RaftlessException.BufferFull(
          "the writer's "
              + options.maxBytesInMemory()
              + " bytes of memory are full: wait and try again, or raise maxBytesInMemory");
    }
    while (!memory.reserve(bytes, 1_000)) {
      // Another thread may have filled the buffer again and be waiting as well.
      synchronized (this) {
        upload();
      }
    }
  }

  /** Not worth an upload: it could not be appended. */
  private CompletableFuture<Long> refused(AppendStream stream, long reserved) {
    memory.release(reserved);
    PendingAppend pending = new PendingAppend(stream, AppendConditions.NONE);
    pending.failWithStream();
    return pending.baseOffset();
  }

  private AppendStream stream(int partition) {
    return streams.computeIfAbsent(partition, p -> new AppendStream(fencings.get(p)));
  }

  private void enqueue(Partition target, PendingAppend pending) {
    outstanding.add(pending);
    var unused =
        pending
            .baseOffset()
            .whenComplete(
                (offset, trouble) -> {
                  synchronized (this) {
                    outstanding.remove(pending);
                  }
                });
    target.committer().enqueue(pending);
  }

  private void uploadIfDue(boolean isFirst) {
    if (buffer.reservedBytes() >= options.objectBytes() || options.lingerMillis() == 0) {
      upload();
    } else if (isFirst) {
      Object waiting = buffer.token();
      var unused =
          runtime
              .after(Duration.ofMillis(options.lingerMillis()))
              .thenRunAsync(
                  () -> {
                    synchronized (this) {
                      if (buffer.token() == waiting) {
                        upload();
                      }
                    }
                  },
                  runtime.workers());
    }
  }

  /** Sends what is buffered on its way. Called with this locked. */
  private void upload() {
    if (buffer.isEmpty()) {
      return;
    }
    RecordBuffer full = buffer;
    Map<Integer, PendingAppend> appends = buffered;
    buffer = new RecordBuffer();
    buffered = new HashMap<>();
    var unused =
        uploads
            .upload(full.batches())
            .whenCompleteAsync(
                // Elsewhere, since this is locked here, and callers hear of failures from there.
                (refs, trouble) -> {
                  memory.release(full.reservedBytes());
                  settle(appends, refs, trouble);
                },
                runtime.workers());
  }

  private void settle(
      Map<Integer, PendingAppend> appends,
      @Nullable SortedMap<Integer, BatchRef> refs,
      @Nullable Throwable trouble) {
    appends.forEach(
        (partition, pending) -> {
          BatchRef batch = refs == null ? null : refs.get(partition);
          if (batch != null) {
            pending.uploaded(batch);
          } else {
            pending.uploadFailed(
                Failures.translate(
                    trouble == null ? new IllegalStateException("not uploaded") : trouble,
                    "the append"));
          }
          log.partition(partition).committer().proceed();
        });
  }

  /**
   * Uploads what is buffered and waits for everything handed over so far. Completes when all of it
   * is in the log; fails if some of it failed, now or before, and the writer did not {@link #goOn}.
   */
  public CompletableFuture<Void> flush() {
    synchronized (this) {
      if (!isClosed) {
        upload();
      }
      // First what is not done, then what has failed: streams are poisoned before anybody hears.
      CompletableFuture<?>[] open =
          outstanding.stream()
              .map(PendingAppend::baseOffset)
              .filter(offset -> !offset.isDone())
              .toArray(CompletableFuture<?>[]::new);
      for (AppendStream stream : streams.values()) {
        Throwable failure = stream.firstFailure();
        if (failure != null) {
          return CompletableFuture.failedFuture(failure);
        }
      }
      return CompletableFuture.allOf(open);
    }
  }

  /**
   * After a failure: takes new records for a partition again. Whoever calls it has decided what to
   * do about the records that failed.
   */
  public void goOn(int partition) {
    synchronized (this) {
      AppendStream failed = streams.get(partition);
      if (failed != null && failed.isPoisoned() && !isClosed) {
        // What is buffered belongs to the old stream and fails with it; a new stream begins.
        upload();
        streams.remove(partition);
      }
    }
  }

  private void requireOpen(long reserved) {
    if (isClosed) {
      memory.release(reserved);
      throw new IllegalStateException("the writer is closed");
    }
  }

  /**
   * Flushes, waits, and takes no more records; what failed is in the futures. Close writers before
   * their log: closing the log fails whatever is under way.
   */
  @Override
  public void close() {
    List<CompletableFuture<Long>> underWay;
    synchronized (this) {
      if (!isClosed) {
        upload();
      }
      isClosed = true;
      underWay = outstanding.stream().map(PendingAppend::baseOffset).toList();
    }
    underWay.forEach(offset -> offset.handle((done, trouble) -> true).join());
    // Only now: if the log is closed meanwhile, it says so to whom we wait for.
    log.forget(this);
  }

  @Override
  public void logClosed() {
    List<PendingAppend> waiting;
    synchronized (this) {
      isClosed = true;
      waiting = List.copyOf(outstanding);
    }
    memory.close();
    waiting.forEach(PendingAppend::failClosed);
  }
}
