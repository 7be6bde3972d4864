package io.raftless.log;

import io.raftless.cas.CreateOnce;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.WalObject;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Uploads WAL objects, several at a time. Nothing it uploads is visible until its label is
 * appended, so an upload that fails leaves garbage and no doubt.
 *
 * <p>Thread-safe.
 */
final class WalUploads {
  private final CreateOnce objects;
  private final LogKeys keys;
  private final LogRuntime runtime;
  private final Duration timeout;
  private final Compression compression;
  private final int zstdLevel;
  private final int mostInFlight;
  private final Supplier<Label> horizon;
  private final UploadCounts counts;

  /** Guarded by this. */
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  /** Guarded by this. */
  private int inFlight;

  /** Guarded by this. */
  private boolean isStopped;

  /**
   * Makes an uploader.
   *
   * @param timeout after which an upload is given up
   * @param mostInFlight uploads at a time
   * @param horizon the vacuum horizon, as far as known: labels are minted above it
   * @param counts the same of all uploaders of the log
   */
  WalUploads(
      ObjectStore store,
      LogKeys keys,
      LogRuntime runtime,
      Duration timeout,
      Compression compression,
      int zstdLevel,
      int mostInFlight,
      Supplier<Label> horizon,
      UploadCounts counts) {
    this.objects = new CreateOnce(store, runtime);
    this.keys = keys;
    this.runtime = runtime;
    this.timeout = timeout;
    this.compression = compression;
    this.zstdLevel = zstdLevel;
    this.mostInFlight = mostInFlight;
    this.horizon = horizon;
    this.counts = counts;
  }

  /** An upload that has no place among those in flight yet. */
  private record Waiting(
      SortedMap<Integer, BatchBuilder> batches,
      CompletableFuture<SortedMap<Integer, BatchRef>> result) {

    void refuse() {
      result.completeExceptionally(
          new RaftlessException.Failed(
              "the upload did not happen: it was not started before the writer or the log was"
                  + " closed",
              new IllegalStateException("closed")));
    }
  }

  /**
   * Encodes and uploads batches as one object. Completes when it is durable, with where each
   * partition's batch is; fails with {@link RaftlessException.Failed}.
   *
   * @param batches by partition; they are taken out of the map as they are encoded
   */
  CompletableFuture<SortedMap<Integer, BatchRef>> upload(SortedMap<Integer, BatchBuilder> batches) {
    Waiting upload = new Waiting(batches, new CompletableFuture<>());
    boolean isRefused;
    synchronized (this) {
      isRefused = isStopped;
      if (!isRefused) {
        if (inFlight == mostInFlight) {
          waiting.add(upload);
          return upload.result;
        }
        inFlight++;
      }
    }
    if (isRefused) {
      upload.refuse();
    } else {
      start(upload);
    }
    return upload.result;
  }

  /** What is not started yet never is: it fails. What is in flight goes on. */
  void stop() {
    List<Waiting> never;
    synchronized (this) {
      isStopped = true;
      never = List.copyOf(waiting);
      waiting.clear();
    }
    never.forEach(Waiting::refuse);
  }

  private void start(Waiting upload) {
    try {
      runtime.workers().execute(() -> run(upload));
    } catch (RejectedExecutionException stopped) {
      logClosed(upload);
    }
  }

  /** Whoever waits must hear of it. */
  private void logClosed(Waiting upload) {
    upload.refuse();
    stop();
  }

  private void run(Waiting upload) {
    if (runtime.isStopped()) {
      // It waited for a thread when the log was closed, maybe longer than its stager was open.
      logClosed(upload);
      return;
    }
    counts.started();
    var unused =
        encodeAndPut(upload.batches)
            .whenComplete(
                (refs, trouble) -> {
                  counts.ended();
                  if (trouble == null) {
                    upload.result.complete(refs);
                  } else {
                    upload.result.completeExceptionally(Failures.translate(trouble, "the upload"));
                  }
                  finished();
                });
  }

  private void finished() {
    Waiting next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        inFlight--;
      }
    }
    if (next != null) {
      start(next);
    }
  }

  private CompletableFuture<SortedMap<Integer, BatchRef>> encodeAndPut(
      SortedMap<Integer, BatchBuilder> batches) {
    try {
      Label label = runtime.labels().next(horizon.get());
      SortedMap<Integer, EncodedBatch> encoded = new TreeMap<>();
      for (var it = batches.entrySet().iterator(); it.hasNext(); ) {
        var batch = it.next();
        encoded.put(batch.getKey(), batch.getValue().build(compression, zstdLevel));
        it.remove();
      }
      WalObject.Assembled object =
          WalObject.assemble(keys.incarnation().value(), label.value(), encoded);
      SortedMap<Integer, BatchRef> refs = new TreeMap<>();
      encoded.forEach(
          (partition, batch) -> refs.put(partition, ref(label, object, partition, batch)));
      long deadline = runtime.clock().millis() + timeout.toMillis();
      CompletableFuture<Void> created = objects.create(keys.wal(label), object.parts(), deadline);
      return created.thenApply(unused -> released(encoded, refs));
    } catch (RuntimeException | Error e) {
      // Errors too (no native library, no memory): else nobody would ever hear of this upload.
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What is durable needs its memory no more. What failed is garbage. */
  private static SortedMap<Integer, BatchRef> released(
      SortedMap<Integer, EncodedBatch> encoded, SortedMap<Integer, BatchRef> refs) {
    encoded.values().forEach(EncodedBatch::release);
    return refs;
  }

  private static BatchRef ref(
      Label label, WalObject.Assembled object, int partition, EncodedBatch batch) {
    WalObject.Range range = object.directory().blocks().get(partition);
    if (range == null) {
      throw new IllegalStateException("partition " + partition + " was not assembled");
    }
    return new BatchRef(
        label,
        range.position(),
        range.length(),
        batch.count(),
        batch.maxTimestamp(),
        Integer.toUnsignedLong(batch.crc()));
  }
}
