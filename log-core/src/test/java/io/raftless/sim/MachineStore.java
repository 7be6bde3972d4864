package io.raftless.sim;

import io.raftless.sim.StoreRequest.Kind;
import io.raftless.store.ETag;
import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The store as one machine sees it: every call becomes a request that the schedule decides on. */
final class MachineStore implements ObjectStore {
  private final Machine machine;

  MachineStore(Machine machine) {
    this.machine = machine;
  }

  private <T> CompletableFuture<T> send(
      Kind kind,
      String key,
      @Nullable ETag expected,
      @Nullable ByteBuffer body,
      Function<ObjectStore, CompletableFuture<T>> operation) {
    return machine.send(kind, key, expected, body, operation);
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return send(Kind.GET, key, null, null, store -> store.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return send(Kind.GET_IF_CHANGED, key, known, null, store -> store.getIfChanged(key, known));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return send(Kind.GET_RANGE, key, null, null, store -> store.getRange(key, offset, length));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    ByteBuffer copy = copy(body);
    return send(Kind.CREATE, key, null, copy, store -> store.putIfAbsent(key, copy.duplicate()));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    ByteBuffer copy = copy(body);
    return send(
        Kind.REPLACE,
        key,
        expected,
        copy,
        store -> store.putIfMatch(key, expected, copy.duplicate()));
  }

  /** It may land long after the caller has its buffer back. */
  private static ByteBuffer copy(ByteBuffer body) {
    return ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return send(Kind.LIST, prefix, null, null, store -> store.list(prefix, continuation));
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    return send(
        Kind.LIST_FOLDERS, prefix, null, null, store -> store.listFolders(prefix, continuation));
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return send(
            Kind.DELETE, key, null, null, store -> store.delete(key).thenApply(unused -> Done.DONE))
        .thenApply(done -> null);
  }

  /** What a delete is answered with. */
  enum Done {
    DONE
  }

  @Override
  public void close() {
    // The world is dropped as a whole.
  }
}
