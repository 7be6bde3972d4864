package io.raftless.log;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store that a process loses for good after a number of requests, as if it had crashed. */
final class CrashingStore extends ForwardingObjectStore {
  private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

  CrashingStore(ObjectStore store) {
    super(store);
  }

  void crashAfter(int requests) {
    left.set(requests);
  }

  private <T> CompletableFuture<T> unlessCrashed(Supplier<CompletableFuture<T>> request) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0
        ? request.get()
        : CompletableFuture.failedFuture(StoreException.refused("crashed"));
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return unlessCrashed(() -> super.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return unlessCrashed(() -> super.getIfChanged(key, known));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return unlessCrashed(() -> super.getRange(key, offset, length));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return unlessCrashed(() -> super.putIfAbsent(key, body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return unlessCrashed(() -> super.putIfMatch(key, expected, body));
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return unlessCrashed(() -> super.list(prefix, continuation));
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return unlessCrashed(() -> super.delete(key));
  }
}
