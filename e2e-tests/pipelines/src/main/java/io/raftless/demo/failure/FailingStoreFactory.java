package io.raftless.demo.failure;

import io.raftless.demo.jvm.JvmReference;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;

/**
 * Opens stores whose head writes the plan can limit.
 *
 * @param delegate opens the stores themselves
 * @param plan the plan
 */
public record FailingStoreFactory(StoreFactory delegate, JvmReference<FailurePlan> plan)
    implements StoreFactory {

  @Override
  public ObjectStore open() {
    return new FailingStore(delegate.open(), plan.get().headWrites());
  }
}
