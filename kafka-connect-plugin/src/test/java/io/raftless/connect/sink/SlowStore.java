package io.raftless.connect.sink;

import io.raftless.store.ETag;
import io.raftless.store.FolderPage;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Each request takes its time; any number of them are under way at a time. Stays open. */
final class SlowStore extends ForwardingObjectStore {
  private final Executor later;

  SlowStore(ObjectStore store, long latencyMillis) {
    super(store);
    later = CompletableFuture.delayedExecutor(latencyMillis, TimeUnit.MILLISECONDS);
  }

  private <T> CompletableFuture<T> slow(Supplier<CompletableFuture<T>> request) {
    return CompletableFuture.runAsync(() -> {}, later).thenCompose(unused -> request.get());
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return slow(() -> store.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return slow(() -> store.getIfChanged(key, known));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return slow(() -> store.getRange(key, offset, length));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return slow(() -> store.putIfAbsent(key, body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return slow(() -> store.putIfMatch(key, expected, body));
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return slow(() -> store.list(prefix, continuation));
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    return slow(() -> store.listFolders(prefix, continuation));
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return slow(() -> store.delete(key));
  }

  @Override
  public void close() {}
}
