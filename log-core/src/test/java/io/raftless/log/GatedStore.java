package io.raftless.log;

import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store whose uploads of WAL objects wait until the test lets them go, in any order. */
final class GatedStore extends ForwardingObjectStore {
  private volatile boolean isGated;

  /** One completes each upload that is held, in the order in which they came. */
  private final List<CompletableFuture<Void>> gates = new CopyOnWriteArrayList<>();

  GatedStore(ObjectStore store) {
    super(store);
  }

  /** From now on uploads are held. */
  void hold() {
    isGated = true;
  }

  /** Waits until so many uploads are held. */
  void await(int uploads) {
    Await.until(uploads + " uploads are held", () -> gates.size() >= uploads);
  }

  int held() {
    return gates.size();
  }

  void let(int upload) {
    gates.get(upload).complete(null);
  }

  /** Lets everything go, now and later. */
  void open() {
    isGated = false;
    gates.forEach(gate -> gate.complete(null));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    if (!isGated || !key.contains("/wal/")) {
      return super.putIfAbsent(key, body);
    }
    CompletableFuture<Void> gate = new CompletableFuture<>();
    gates.add(gate);
    return gate.thenCompose(open -> super.putIfAbsent(key, body));
  }
}
