package io.raftless.sim.check;

import io.raftless.id.Label;

/**
 * A batch where the index has it.
 *
 * @param crc as an unsigned number
 */
record Batch(Label label, long base, int count, long crc) {
  long end() {
    return base + count;
  }

  @Override
  public String toString() {
    return label + " [" + base + ", " + end() + ") crc " + Long.toHexString(crc);
  }
}
