package io.raftless.demo.failure;

import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A store that asks {@link HeadWrites} before it replaces a head. */
final class FailingStore implements ObjectStore {
  private final ObjectStore delegate;
  private final HeadWrites headWrites;

  FailingStore(ObjectStore delegate, HeadWrites headWrites) {
    this.delegate = delegate;
    this.headWrites = headWrites;
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return key.endsWith("/head")
        ? headWrites.replace(key, () -> delegate.putIfMatch(key, expected, body))
        : delegate.putIfMatch(key, expected, body);
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return delegate.get(key);
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return delegate.getIfChanged(key, known);
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return delegate.getRange(key, offset, length);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return delegate.putIfAbsent(key, body);
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return delegate.list(prefix, continuation);
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return delegate.delete(key);
  }

  @Override
  public void close() {
    delegate.close();
  }
}
