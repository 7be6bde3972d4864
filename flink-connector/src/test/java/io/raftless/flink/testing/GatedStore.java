package io.raftless.flink.testing;

import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A store in memory whose creations of objects wait behind a gate while it is shut. */
public final class GatedStore extends ForwardingObjectStore {
  private final AtomicInteger held = new AtomicInteger();
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  public GatedStore() {
    super(new MemoryObjectStore());
  }

  /** From now on creations wait. */
  public void shut() {
    gate = new CompletableFuture<>();
  }

  /** Lets what waits go, and everything after it. */
  public void open() {
    gate.complete(null);
  }

  /** How many creations have come to the gate while it was shut. */
  public int held() {
    return held.get();
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    CompletableFuture<Void> now = gate;
    if (now.isDone()) {
      return super.putIfAbsent(key, body);
    }
    held.incrementAndGet();
    return now.thenCompose(opened -> super.putIfAbsent(key, body));
  }
}
