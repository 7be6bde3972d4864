package io.raftless.flink.testing;

import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A store whose reads of some objects wait behind a gate while it is shut. */
public final class GatedReads extends ForwardingObjectStore {
  private final Predicate<String> isGated;
  private final AtomicInteger held = new AtomicInteger();
  private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /**
   * A gate that is open.
   *
   * @param isGated which keys are behind it
   */
  public GatedReads(ObjectStore store, Predicate<String> isGated) {
    super(store);
    this.isGated = isGated;
  }

  /** From now on reads wait; if they wait already, they go on waiting. */
  public synchronized void shut() {
    if (gate.isDone()) {
      gate = new CompletableFuture<>();
    }
  }

  /** Lets what waits go, and everything after it. */
  public synchronized void open() {
    gate.complete(null);
  }

  /** How many reads have come to the gate while it was shut. */
  public int held() {
    return held.get();
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return behindTheGate(key, () -> super.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return behindTheGate(key, () -> super.getRange(key, offset, length));
  }

  private CompletableFuture<GetOutcome> behindTheGate(
      String key, Supplier<CompletableFuture<GetOutcome>> request) {
    CompletableFuture<Void> now = gate;
    if (now.isDone() || !isGated.test(key)) {
      return request.get();
    }
    held.incrementAndGet();
    return now.thenCompose(opened -> request.get());
  }
}
