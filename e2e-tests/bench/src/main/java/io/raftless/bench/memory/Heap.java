package io.raftless.bench.memory;

import java.lang.management.ManagementFactory;

/** The heap of this process. */
final class Heap {
  static final double MIB = 1 << 20;

  private Heap() {}

  /** Bytes of all that can be reached, after collections of the whole heap. */
  static long used() {
    // What the first one finds dead, references to it are cleared of; the second one frees that.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
