package io.raftless.store;

import java.io.Serializable;
import java.util.Optional;

/**
 * Opens an {@link ObjectStore} where it is needed. It travels in Flink job graphs, so it is
 * serializable; it must not print secrets in {@code toString()}.
 */
@FunctionalInterface
public interface StoreFactory extends Serializable {

  /**
   * Opens a store that the caller closes.
   *
   * @throws StoreException if the store cannot be reached, refuses us, or is not safe to use
   */
  ObjectStore open();

  /**
   * Where the store is, without secrets, for people and data catalogues: the same for whoever uses
   * the same store, and the same tomorrow. Like the part of a URL behind its scheme. Empty if the
   * factory does not know.
   */
  default Optional<String> location() {
    return Optional.empty();
  }
}
