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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
  private final int mostInFlight;
  private final Supplier<Label> horizon;

  /** Guarded by this. */
  private final Deque<Runnable> waiting = new ArrayDeque<>();

  /** Guarded by this. */
  private int inFlight;

  /**
   * Makes an uploader.
   *
   * @param timeout after which an upload is given up
   * @param mostInFlight uploads at a time
   * @param horizon the vacuum horizon, as far as known: labels are minted above it
   */
  WalUploads(
      ObjectStore store,
      LogKeys keys,
      LogRuntime runtime,
      Duration timeout,
      Compression compression,
      int mostInFlight,
      Supplier<Label> horizon) {
    this.objects = new CreateOnce(store, runtime);
    this.keys = keys;
    this.runtime = runtime;
    this.timeout = timeout;
    this.compression = compression;
    this.mostInFlight = mostInFlight;
    this.horizon = horizon;
  }

  /**
   * Encodes and uploads batches as one object. Completes when it is durable, with where each
   * partition's batch is; fails with {@link RaftlessException.Failed}.
   */
  CompletableFuture<SortedMap<Integer, BatchRef>> upload(SortedMap<Integer, BatchBuilder> batches) {
    CompletableFuture<SortedMap<Integer, BatchRef>> result = new CompletableFuture<>();
    Runnable upload =
        () -> {
          var unused =
              encodeAndPut(batches)
                  .whenComplete(
                      (refs, trouble) -> {
                        finished();
                        if (trouble == null) {
                          result.complete(refs);
                        } else {
                          result.completeExceptionally(Failures.translate(trouble, "the upload"));
                        }
                      });
        };
    synchronized (this) {
      if (inFlight == mostInFlight) {
        waiting.add(upload);
        return result;
      }
      inFlight++;
    }
    start(upload);
    return result;
  }

  private void start(Runnable upload) {
    runtime.workers().execute(upload);
  }

  private void finished() {
    Runnable next;
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
      batches.forEach((partition, batch) -> encoded.put(partition, batch.build(compression)));
      WalObject.Assembled object =
          WalObject.assemble(keys.incarnation().value(), label.value(), encoded);
      SortedMap<Integer, BatchRef> refs = new TreeMap<>();
      encoded.forEach(
          (partition, batch) -> refs.put(partition, ref(label, object, partition, batch)));
      long deadline = runtime.clock().millis() + timeout.toMillis();
      return objects.create(keys.wal(label), object.body(), deadline).thenApply(unused -> refs);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
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
