package io.raftless.log;

import io.raftless.cas.CreateOnce;
import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.WalObject;
import io.raftless.head.LogKeys;
import io.raftless.id.Label;
import io.raftless.index.BatchRef;
import io.raftless.index.IndexShape;
import io.raftless.index.InlineBlock;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Uploads WAL objects, several at a time. Nothing it uploads is visible until its label is
 * appended, so an upload that fails leaves garbage and no doubt. What is small need not be uploaded
 * at all: its bytes are appended with its label.
 *
 * <p>Thread-safe.
 */
final class WalUploads {
  /**
   * So many bytes of a flush are appended without an upload, or none: they fill the room of one
   * head, which costs an object then. *Because* small batches of a thousand partitions share one
   * object, and would cost hundreds if each were written out of a head of its own.
   */
  private static final int MOST_INLINE_BYTES = IndexShape.MAX_INLINE_BYTES;

  private final CreateOnce objects;
  private final LogKeys keys;
  private final LogRuntime runtime;
  private final Duration timeout;
  private final Compression compression;
  private final int zstdLevel;
  private final int mostInFlight;
  private final int inlineBytes;
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
   * @param inlineBytes blocks of at most so many bytes are not uploaded by {@link #flush}
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
      int inlineBytes,
      Supplier<Label> horizon,
      UploadCounts counts) {
    this.objects = new CreateOnce(store, runtime);
    this.keys = keys;
    this.runtime = runtime;
    this.timeout = timeout;
    this.compression = compression;
    this.zstdLevel = zstdLevel;
    this.mostInFlight = mostInFlight;
    this.inlineBytes = inlineBytes;
    this.horizon = horizon;
    this.counts = counts;
  }

  /**
   * An upload that has no place among those in flight yet.
   *
   * @param inline takes what need not be uploaded; null if everything must be
   */
  private record Waiting(
      SortedMap<Integer, BatchBuilder> batches,
      @Nullable Consumer<SortedMap<Integer, BatchRef>> inline,
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
    return begin(new Waiting(batches, null, new CompletableFuture<>()));
  }

  /**
   * Like {@link #upload}, but only of what is not small. Completes after {@code inline} was called
   * with the rest, if there is any: on a thread of the workers, before anything is uploaded.
   */
  CompletableFuture<SortedMap<Integer, BatchRef>> flush(
      SortedMap<Integer, BatchBuilder> batches, Consumer<SortedMap<Integer, BatchRef>> inline) {
    return begin(new Waiting(batches, inline, new CompletableFuture<>()));
  }

  private CompletableFuture<SortedMap<Integer, BatchRef>> begin(Waiting upload) {
    boolean needsPlace = !isSmall(upload);
    boolean isRefused;
    synchronized (this) {
      isRefused = isStopped;
      if (!isRefused && needsPlace) {
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
      start(upload, needsPlace);
    }
    return upload.result;
  }

  /**
   * Whether it is certain, before anything is compressed, that nothing will be uploaded: then it
   * does not wait for uploads.
   */
  private boolean isSmall(Waiting upload) {
    if (upload.inline == null) {
      return false;
    }
    long total = 0;
    for (BatchBuilder batch : upload.batches.values()) {
      if (batch.mostBlockBytes() > inlineBytes) {
        return false;
      }
      total += batch.mostBlockBytes();
    }
    return total <= MOST_INLINE_BYTES;
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

  private void start(Waiting upload, boolean hasPlace) {
    try {
      runtime.workers().execute(() -> run(upload, hasPlace));
    } catch (RejectedExecutionException stopped) {
      logClosed(upload);
    }
  }

  /** Whoever waits must hear of it. */
  private void logClosed(Waiting upload) {
    upload.refuse();
    stop();
  }

  private void run(Waiting upload, boolean hasPlace) {
    if (runtime.isStopped()) {
      // It waited for a thread when the log was closed, maybe longer than its stager was open.
      logClosed(upload);
      return;
    }
    if (hasPlace) {
      counts.started();
    }
    var unused =
        encodeAndPut(upload)
            .whenComplete(
                (refs, trouble) -> {
                  if (hasPlace) {
                    counts.ended();
                  }
                  if (trouble == null) {
                    upload.result.complete(refs);
                  } else {
                    upload.result.completeExceptionally(Failures.translate(trouble, "the upload"));
                  }
                  if (hasPlace) {
                    finished();
                  }
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
      start(next, true);
    }
  }

  private CompletableFuture<SortedMap<Integer, BatchRef>> encodeAndPut(Waiting upload) {
    try {
      SortedMap<Integer, EncodedBatch> encoded = new TreeMap<>();
      for (var it = upload.batches.entrySet().iterator(); it.hasNext(); ) {
        var batch = it.next();
        encoded.put(batch.getKey(), batch.getValue().build(compression, zstdLevel));
        it.remove();
      }
      if (upload.inline != null) {
        SortedMap<Integer, BatchRef> inline = takeInline(encoded);
        if (!inline.isEmpty()) {
          upload.inline.accept(inline);
        }
      }
      if (encoded.isEmpty()) {
        return CompletableFuture.completedFuture(Collections.emptySortedMap());
      }
      Label label = runtime.labels().next(horizon.get());
      WalObject.Assembled object =
          WalObject.assemble(keys.incarnation().value(), label.value(), encoded);
      SortedMap<Integer, BatchRef> refs = new TreeMap<>();
      for (WalObject.Block block : object.directory().blocks()) {
        EncodedBatch batch = Objects.requireNonNull(encoded.get(block.partition()));
        refs.put(block.partition(), ref(label, block, batch));
      }
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

  /** Takes away, and gives labels of their own to, what need not be uploaded. */
  private SortedMap<Integer, BatchRef> takeInline(SortedMap<Integer, EncodedBatch> encoded) {
    SortedMap<Integer, EncodedBatch> small = new TreeMap<>();
    long total = 0;
    for (var entry : encoded.entrySet()) {
      if (entry.getValue().length() <= inlineBytes) {
        small.put(entry.getKey(), entry.getValue());
        total += entry.getValue().length();
      }
    }
    SortedMap<Integer, BatchRef> inline = new TreeMap<>();
    if (total > MOST_INLINE_BYTES) {
      return inline;
    }
    encoded.keySet().removeAll(small.keySet());
    small.forEach(
        (partition, batch) -> {
          inline.put(
              partition,
              BatchRef.inline(
                  runtime.labels().next(horizon.get()),
                  InlineBlock.copyOf(batch.block()),
                  batch.count(),
                  batch.maxTimestamp(),
                  Integer.toUnsignedLong(batch.crc())));
          batch.release();
        });
    return inline;
  }

  private static BatchRef ref(Label label, WalObject.Block block, EncodedBatch batch) {
    return new BatchRef(
        label,
        block.position(),
        block.length(),
        batch.count(),
        batch.maxTimestamp(),
        Integer.toUnsignedLong(batch.crc()));
  }
}
