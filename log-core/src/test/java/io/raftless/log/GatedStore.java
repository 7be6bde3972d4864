package io.raftless.log;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A store some of whose writes wait until the test lets them go, in any order. */
final class GatedStore extends ForwardingObjectStore {
  private volatile Predicate<String> isHeld = key -> false;

  /** One completes each write that is held, in the order in which they came. */
  private final List<CompletableFuture<Void>> gates = new CopyOnWriteArrayList<>();

  GatedStore(ObjectStore store) {
    super(store);
  }

  /** From now on uploads of WAL objects are held. */
  void hold() {
    hold("/wal/");
  }

  /** From now on writes of keys that contain this are held. */
  void hold(String keyPart) {
    isHeld = key -> key.contains(keyPart);
  }

  /** From now on writes go on, except for those that are held already. */
  void holdNoMore() {
    isHeld = key -> false;
  }

  /** Waits until so many writes are held. */
  void await(int writes) {
    Await.until(writes + " writes are held", () -> gates.size() >= writes);
  }

  int held() {
    return gates.size();
  }

  void let(int write) {
    gates.get(write).complete(null);
  }

  /** Lets everything go, now and later. */
  void open() {
    holdNoMore();
    gates.forEach(gate -> gate.complete(null));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return gated(key, () -> super.putIfAbsent(key, body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return gated(key, () -> super.putIfMatch(key, expected, body));
  }

  private CompletableFuture<PutOutcome> gated(
      String key, Supplier<CompletableFuture<PutOutcome>> write) {
    if (!isHeld.test(key)) {
      return write.get();
    }
    CompletableFuture<Void> gate = new CompletableFuture<>();
    gates.add(gate);
    return gate.thenCompose(open -> write.get());
  }
}
