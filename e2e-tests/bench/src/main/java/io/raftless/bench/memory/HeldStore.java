package io.raftless.bench.memory;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that forgets WAL objects, and that can let their uploads wait as long as it is
 * told to.
 *
 * <p>Thread-safe.
 */
final class HeldStore extends ForwardingObjectStore {
  private static final PutOutcome STORED = new PutOutcome.Stored(new ETag("forgotten"));

  /** An upload that waits, with its body, as a client has it until it is sent. */
  private record Held(List<ByteBuffer> body, CompletableFuture<PutOutcome> outcome) {}

  /** Guarded by this, as is the next. */
  private final List<Held> held = new ArrayList<>();

  private boolean isHolding;

  HeldStore() {
    super(new MemoryObjectStore());
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return putIfAbsent(key, List.of(body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    if (!key.contains("/wal/")) {
      return store.putIfAbsent(key, parts);
    }
    synchronized (this) {
      if (!isHolding) {
        return CompletableFuture.completedFuture(STORED);
      }
      Held upload = new Held(parts, new CompletableFuture<>());
      held.add(upload);
      notifyAll();
      return upload.outcome;
    }
  }

  /** From now on uploads wait. */
  synchronized void hold() {
    isHolding = true;
  }

  /**
   * Returns when so many uploads wait.
   *
   * @throws TimeoutException if they do not after {@code patience}
   */
  synchronized void awaitHeld(int uploads, Duration patience)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (held.size() < uploads) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new TimeoutException(held.size() + " uploads wait, not " + uploads);
      }
      wait(millis);
    }
  }

  /** Bytes of the bodies of the uploads that wait. */
  synchronized long heldBytes() {
    return held.stream()
        .flatMap(upload -> upload.body.stream())
        .mapToLong(ByteBuffer::remaining)
        .sum();
  }

  /** Lets uploads through, those that wait and all later ones. */
  void release() {
    List<Held> waiting;
    synchronized (this) {
      isHolding = false;
      waiting = List.copyOf(held);
      held.clear();
    }
    // Not with the lock: whoever hears of it goes on from here.
    waiting.forEach(upload -> upload.outcome.complete(STORED));
  }

  /** Bytes of what the store keeps: they are not the log's. */
  long keptBytes() throws InterruptedException, ExecutionException {
    return bytesOf(store);
  }

  /** Bytes of all objects of a store. */
  static long bytesOf(ObjectStore store) throws InterruptedException, ExecutionException {
    long bytes = 0;
    @Nullable String next = null;
    do {
      ListPage page = store.list("", next).get();
      for (ListPage.ListedObject object : page.objects()) {
        bytes += object.size();
      }
      next = page.continuation();
    } while (next != null);
    return bytes;
  }
}
