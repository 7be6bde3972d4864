package io.raftless.log;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Chunks;
import io.raftless.format.LogRecord;
import io.raftless.head.AppendRequest;
import io.raftless.index.BatchRef;
import io.raftless.runtime.LogRuntime;
import io.raftless.runtime.Waiting;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends records, asynchronously. Records are buffered, uploaded together with those of other
 * partitions (unless they are few: see {@link WriterOptions#inlineBytes}), and committed together
 * with those of other writers; a future says at which offset a record is, once it is durable and
 * visible.
 *
 * <p>Records of one partition are in the log in the order in which they were handed over. If one
 * cannot be appended, the later ones of that partition fail as well, with {@link
 * RaftlessException.EarlierRequestFailed} (or {@link RaftlessException.WriterFenced}, if that is
 * why), until {@link #goOn}: there is never a gap in the order.
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
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

  private static final long MAX_BATCH_BYTES = 512L << 20;

  /** The longest that what is uploaded waits for other uploads, to be committed with them. */
  private static final int MOST_PATIENCE_MILLIS = 200;

  private final RaftlessLog log;
  private final LogRuntime runtime;
  private final WriterOptions options;
  private final WalUploads uploads;
  private final MemoryBudget memory;
  private final Chunks chunks;

  /** Made once: it is handed over with every record. */
  private final Runnable makeRoom = this::makeRoom;

  private final Map<Integer, AppendRequest.Fencing> fencings = new HashMap<>();

  /** Guarded by this, as are the following. */
  private final Map<Integer, AppendStream> streams = new HashMap<>();

  /**
   * What nobody knows the outcome of yet, in the order in which it was made, with what is reserved
   * for its futures.
   */
  private final Map<PendingAppend, Outstanding> outstanding = new LinkedHashMap<>();

  private RecordBuffer buffer;
  private Map<Integer, PendingAppend> buffered = new HashMap<>();
  private int uploadsUnderWay;
  private boolean isClosed;

  /** Where an append is committed, and what it takes from memory until that is done. */
  private static final class Outstanding {
    private final PartitionCommitter committer;
    private long overheadBytes;

    /** Completes after the futures that callers have. */
    private final CompletableFuture<Void> heard = new CompletableFuture<>();

    Outstanding(PartitionCommitter committer) {
      this.committer = committer;
    }
  }

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
    this.chunks = new Chunks(options.maxBytesInMemory() / 2);
    this.memory = new MemoryBudget(options.maxBytesInMemory(), chunks);
    this.buffer = new RecordBuffer(chunks);
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
    long bytes = UploadLimits.requireFitting(record, options.maxRecordBytes());
    reserve(bytes + UploadLimits.FUTURE_OVERHEAD);
    synchronized (this) {
      requireOpen(bytes + UploadLimits.FUTURE_OVERHEAD);
      AppendStream stream = stream(partition);
      if (stream.isPoisoned()) {
        return refused(stream, bytes + UploadLimits.FUTURE_OVERHEAD);
      }
      boolean isFirst = buffer.isEmpty();
      int place = add(partition, record, bytes);
      PendingAppend pending = buffered.get(partition);
      if (pending == null) {
        pending = enqueue(target, stream, AppendConditions.NONE);
        buffered.put(partition, pending);
      }
      keep(pending, UploadLimits.FUTURE_OVERHEAD);
      CompletableFuture<Long> offset = pending.offset(place);
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
    long bytes =
        records.stream()
            .mapToLong(record -> UploadLimits.requireFitting(record, options.maxRecordBytes()))
            .sum();
    if (bytes > MAX_BATCH_BYTES) {
      throw new IllegalArgumentException(
          "the batch has up to " + bytes + " bytes: at most " + MAX_BATCH_BYTES + " go together");
    }
    reserve(bytes);
    BatchBuilder batch = batch(records, bytes);
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
      PendingAppend pending = enqueue(target, stream, conditions);
      buffered.put(partition, pending);
      // The batch is complete: nothing may be added to it.
      upload();
      return pending.baseOffset().copy();
    }
  }

  /** Only now, that there is room for it. */
  private BatchBuilder batch(List<LogRecord> records, long reserved) {
    boolean isBuilt = false;
    try {
      BatchBuilder batch = new BatchBuilder(chunks);
      records.forEach(batch::add);
      isBuilt = true;
      return batch;
    } finally {
      if (!isBuilt) {
        memory.release(reserved);
      }
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
        memory.release(reserved + UploadLimits.FUTURE_OVERHEAD);
      }
    }
  }

  private void reserve(long bytes) throws InterruptedException {
    if (options.onFull() == WriterOptions.OnFull.BLOCK) {
      memory.reserve(bytes, makeRoom);
    } else if (!memory.tryReserve(bytes)) {
      makeRoom();
      throw new RaftlessException.BufferFull(
          "the writer's "
              + options.maxBytesInMemory()
              + " bytes of memory are full: wait and try again, or raise maxBytesInMemory");
    }
  }

  /**
   * Memory is full. What is buffered is uploaded, unless uploads are under way: they make room
   * first, and the buffer may fill meanwhile.
   *
   * <p>Invariant: while somebody waits for memory, an upload is under way or nothing is buffered.
   * It can be broken by a record that is added and by an upload that is finished, so both look.
   */
  private synchronized void makeRoom() {
    if (uploadsUnderWay == 0) {
      upload();
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
    AppendStream known = streams.get(partition);
    if (known != null) {
      return known;
    }
    AppendStream stream = new AppendStream(fencings.get(partition));
    streams.put(partition, stream);
    return stream;
  }

  /** Takes a place in the order. Called with this locked, as are all below. */
  private PendingAppend enqueue(
      Partition target, AppendStream stream, AppendConditions conditions) {
    PendingAppend pending = new PendingAppend(stream, conditions);
    outstanding.put(pending, new Outstanding(target.committer()));
    memory.take(UploadLimits.BATCH_OVERHEAD);
    keep(pending, UploadLimits.BATCH_OVERHEAD);
    // Registered before anything of the caller's, and therefore run after it.
    var unused = pending.baseOffset().whenComplete((offset, trouble) -> settled(pending));
    target.committer().enqueue(pending);
    return pending;
  }

  /** What was reserved stays so until the outcome of the append is known. */
  private void keep(PendingAppend pending, long overheadBytes) {
    Outstanding known = outstanding.get(pending);
    if (known == null) {
      memory.release(overheadBytes); // It was fenced, or failed, a moment ago.
    } else {
      known.overheadBytes += overheadBytes;
    }
  }

  private void settled(PendingAppend pending) {
    Outstanding known;
    synchronized (this) {
      known = outstanding.remove(pending);
    }
    if (known != null) {
      memory.release(known.overheadBytes);
      known.heard.complete(null);
    }
  }

  private void uploadIfDue(boolean isFirst) {
    if (buffer.reservedBytes() >= options.objectBytes() || options.lingerMillis() == 0) {
      upload();
    } else if (memory.isAwaited() && uploadsUnderWay == 0) {
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
    buffer = new RecordBuffer(chunks);
    buffered = new HashMap<>();
    uploadsUnderWay++;
    int patience = Math.min(options.lingerMillis(), MOST_PATIENCE_MILLIS);
    appends.values().forEach(pending -> pending.sent(patience));
    // Not the buffer: it would be kept until its upload is finished.
    long reserved = full.reservedBytes();
    var unused =
        uploads
            .flush(full.batches(), refs -> commitInline(appends, refs))
            .whenCompleteAsync(
                // Elsewhere, since this is locked here, and callers hear of failures from there.
                (refs, trouble) -> {
                  memory.release(reserved);
                  uploadFinished();
                  settle(appends, refs, trouble);
                },
                runtime.workers());
  }

  /**
   * What is small is ready without an upload. Its bytes are in memory until its outcome is known.
   *
   * @param appends of the flush; these are taken out
   */
  private void commitInline(
      Map<Integer, PendingAppend> appends, SortedMap<Integer, BatchRef> batches) {
    synchronized (this) {
      batches.forEach(
          (partition, batch) -> {
            PendingAppend pending = appends.get(partition);
            if (pending != null) {
              memory.take(batch.length());
              keep(pending, batch.length());
            }
          });
    }
    batches.forEach(
        (partition, batch) -> {
          PendingAppend pending = appends.remove(partition);
          if (pending != null) {
            pending.ready(batch);
            log.partition(partition).committer().proceed();
          }
        });
  }

  private synchronized void uploadFinished() {
    uploadsUnderWay--;
    if (uploadsUnderWay == 0 && memory.isAwaited()) {
      upload();
    }
  }

  private void settle(
      Map<Integer, PendingAppend> appends,
      @Nullable SortedMap<Integer, BatchRef> refs,
      @Nullable Throwable trouble) {
    appends.forEach(
        (partition, pending) -> {
          BatchRef batch = refs == null ? null : refs.get(partition);
          if (batch != null) {
            pending.ready(batch);
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
      Set<AppendStream> current = Set.copyOf(streams.values());
      CompletableFuture<?>[] open =
          outstanding.keySet().stream()
              // What a caller has heard of and gone on from may be about to be settled only.
              .filter(pending -> current.contains(pending.stream()))
              .map(PendingAppend::baseOffset)
              .filter(offset -> !offset.isDone())
              .toArray(CompletableFuture<?>[]::new);
      for (AppendStream stream : streams.values()) {
        Throwable failure = stream.firstFailure();
        if (failure != null) {
          return CompletableFuture.failedFuture(failure);
        }
      }
      return allHeard().thenCompose(heard -> CompletableFuture.allOf(open));
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
   * Flushes, waits, and takes no more records; what failed is in the futures. It takes as long as
   * the uploads and commits under way may: {@link #close(Duration)} has a limit. Close writers
   * before their log: closing the log fails whatever is under way.
   */
  @Override
  public void close() {
    Waiting.join(drain());
    // Only now: if the log is closed meanwhile, it says so to whom we wait for.
    log.forget(this);
  }

  /**
   * Like {@link #close()}, but after {@code limit} (or when interrupted) like {@link #closeNow}.
   *
   * @return whether the outcome of every record is known
   * @throws InterruptedException if interrupted while waiting; the writer is closed all the same
   */
  public boolean close(Duration limit) throws InterruptedException {
    boolean isDrained = false;
    try {
      drain().get(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
      isDrained = true;
    } catch (TimeoutException late) {
      LOG.info("closing a writer of log {} that is not drained after {}", log.id(), limit);
    } catch (ExecutionException e) {
      throw new IllegalStateException("what is waited for does not fail", e);
    } finally {
      closeNow();
    }
    return isDrained;
  }

  /**
   * Stops without waiting. What was not handed to a conditional write yet fails with {@link
   * RaftlessException.Failed} and never will be in the log; what was fails with {@link
   * RaftlessException.UnknownOutcome}, since its write may land later. It does not wait, so that it
   * may be called from anywhere, and leaves no future of this writer incomplete.
   */
  public void closeNow() {
    Map<PendingAppend, PartitionCommitter> givenUp = new LinkedHashMap<>();
    synchronized (this) {
      isClosed = true;
      outstanding.forEach((pending, known) -> givenUp.put(pending, known.committer));
      buffer = new RecordBuffer(chunks);
      buffered = new HashMap<>();
    }
    memory.close();
    uploads.stop();
    givenUp.keySet().forEach(pending -> pending.giveUp("the writer was closed"));
    // So that they do not stay in the queues.
    Set.copyOf(givenUp.values()).forEach(PartitionCommitter::proceed);
    log.forget(this);
  }

  /** Takes no more records; completes when the outcome of all there are is known. */
  private CompletableFuture<Void> drain() {
    synchronized (this) {
      if (!isClosed) {
        upload();
      }
      isClosed = true;
      return allHeard();
    }
  }

  private CompletableFuture<Void> allHeard() {
    return CompletableFuture.allOf(
        outstanding.values().stream()
            .map(known -> known.heard)
            .toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public void logClosed() {
    List<PendingAppend> waiting;
    synchronized (this) {
      isClosed = true;
      waiting = List.copyOf(outstanding.keySet());
    }
    memory.close();
    waiting.forEach(pending -> pending.giveUp("the log was closed"));
  }
}
