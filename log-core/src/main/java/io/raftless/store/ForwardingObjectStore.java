package io.raftless.store;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A store around a store that does nothing of its own: metrics, latency and faults are subclasses
 * that override what they change.
 */
public abstract class ForwardingObjectStore implements ObjectStore {
  /** What is called for everything that a subclass does not override. */
  protected final ObjectStore store;

  /** Closing this closes {@code store}. */
  protected ForwardingObjectStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return store.get(key);
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return store.getIfChanged(key, known);
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return store.getRange(key, offset, length);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return store.putIfAbsent(key, body);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return store.putIfMatch(key, expected, body);
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return store.list(prefix, continuation);
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    return store.listFolders(prefix, continuation);
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return store.delete(key);
  }

  @Override
  public void close() {
    store.close();
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
