package io.raftless.head;

import io.raftless.id.Label;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Immutable objects that were used last, up to a weight. Whoever asks for one that is being loaded
 * waits for that load.
 *
 * <p>Thread-safe.
 *
 * @param <T> what the objects hold
 */
final class Kept<T> {
  private record Slot<T>(CompletableFuture<T> value, int weight) {}

  private final int mostWeight;

  /** In the order of last use. Guarded by this. */
  private final Map<Label, Slot<T>> slots = new LinkedHashMap<>(16, 0.75f, true);

  /** Guarded by this. */
  private long weight;

  Kept(int mostWeight) {
    this.mostWeight = mostWeight;
  }

  synchronized @Nullable CompletableFuture<T> get(Label label) {
    Slot<T> slot = slots.get(label);
    return slot == null ? null : slot.value();
  }

  /** What is kept, or what loading gives; a load that fails is not kept. */
  CompletableFuture<T> getOrLoad(
      Label label, Supplier<CompletableFuture<T>> load, ToIntFunction<T> weigh) {
    CompletableFuture<T> promise = new CompletableFuture<>();
    synchronized (this) {
      Slot<T> slot = slots.get(label);
      if (slot != null) {
        return slot.value();
      }
      slots.put(label, new Slot<>(promise, 0));
    }
    try {
      var unused =
          load.get()
              .whenComplete(
                  (value, trouble) -> {
                    if (trouble == null) {
                      put(label, promise, weigh.applyAsInt(value));
                      promise.complete(value);
                    } else {
                      remove(label);
                      promise.completeExceptionally(trouble);
                    }
                  });
    } catch (RuntimeException | Error e) {
      remove(label);
      promise.completeExceptionally(e);
    }
    return promise;
  }

  private synchronized void remove(Label label) {
    Slot<T> slot = slots.remove(label);
    weight -= slot == null ? 0 : slot.weight();
  }

  synchronized void put(Label label, CompletableFuture<T> value, int itsWeight) {
    remove(label);
    slots.put(label, new Slot<>(value, itsWeight));
    weight += itsWeight;
    Iterator<Slot<T>> eldest = slots.values().iterator();
    while (weight > mostWeight && eldest.hasNext()) {
      Slot<T> slot = eldest.next();
      // What is still being loaded weighs nothing yet.
      if (slot.weight() > 0) {
        weight -= slot.weight();
        eldest.remove();
      }
    }
  }
}
