package io.raftless.log;

import io.raftless.store.ObjectStore;
import io.raftless.store.TricklingStore;

/** What is true of any reader, of one that decodes what it reads while it arrives. */
class ArrivingReaderTest extends LogReaderTest {
  private static final long SEED = Long.getLong("raftless.seed", System.nanoTime());

  @Override
  ObjectStore served(ObjectStore memory) {
    System.out.println("raftless.seed=" + SEED);
    return new TricklingStore(memory, SEED);
  }
}
