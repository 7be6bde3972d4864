package io.raftless.log;

import io.raftless.store.ObjectStore;
import io.raftless.store.TricklingStore;

/** The same of a store that hands out bodies while they arrive. */
class ArrivingJointReadTest extends JointReadTest {
  private static final long SEED = Long.getLong("raftless.seed", System.nanoTime());

  @Override
  ObjectStore served(ObjectStore stored) {
    return new TricklingStore(stored, SEED);
  }
}
