package io.raftless.flink.testing;

import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Lets all tasks of this JVM share a store that cannot be serialized, by looking it up by name. */
public record RegisteredStore(String name) implements StoreFactory {
  private static final Map<String, ObjectStore> STORES = new ConcurrentHashMap<>();

  /** Registers a store whose {@code close} does nothing. */
  public static RegisteredStore of(ObjectStore store) {
    RegisteredStore factory = new RegisteredStore(UUID.randomUUID().toString());
    STORES.put(factory.name, store);
    return factory;
  }

  @Override
  public ObjectStore open() {
    ObjectStore store = STORES.get(name);
    if (store == null) {
      throw new IllegalStateException("no store " + name);
    }
    return store;
  }
}
