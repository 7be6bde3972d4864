package io.raftless.store;

import java.io.Serializable;

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
}
