package io.raftless.flink.sink.failure;

import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens the real store of whoever asks for it, and lets the script see what is done with it.
 *
 * @param delegate opens the stores themselves
 * @param script the name of the script
 */
record ScriptedStoreFactory(StoreFactory delegate, String script) implements StoreFactory {
  /** Who opens a store in this thread. */
  private static final ThreadLocal<@Nullable Actor> OPENING = new ThreadLocal<>();

  /** Makes a call in which every store that is opened belongs to an actor. */
  static <V> V as(Actor actor, Actor.Call<V> call) throws IOException, InterruptedException {
    OPENING.set(actor);
    try {
      return call.run();
    } finally {
      OPENING.remove();
    }
  }

  @Override
  public ObjectStore open() {
    Actor actor = Objects.requireNonNull(OPENING.get(), "a store is opened by nobody we know");
    return new ScriptedStore(delegate.open(), Script.named(script), actor);
  }
}
