package io.raftless.maintenance;

import java.util.UUID;

/**
 * Labels and the offsets they are at: an open hash table of 24 bytes a slot, at most 60 % full.
 * Labels have 62 random bits, which spread them well enough. One thread's.
 */
final class LabelOffsets {
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final int MOST_CAPACITY = 1 << 30;

  private long[] high = new long[FIRST_CAPACITY];
  private long[] low = new long[FIRST_CAPACITY];
  private long[] offsets = new long[FIRST_CAPACITY];
  private int size;

  /** Adds a label; returns the offset at which it was before, or −1 if it is new. */
  long add(UUID label, long offset) {
    if (size >= high.length / 5 * 3) {
      grow();
    }
    int slot = slotOf(label.getMostSignificantBits(), label.getLeastSignificantBits());
    // A UUIDv7 is never 0: its version is not.
    if (high[slot] != 0) {
      return offsets[slot];
    }
    put(slot, label.getMostSignificantBits(), label.getLeastSignificantBits(), offset);
    size++;
    return -1;
  }

  private void put(int slot, long labelHigh, long labelLow, long offset) {
    high[slot] = labelHigh;
    low[slot] = labelLow;
    offsets[slot] = offset;
  }

  /** Where a label is, or the free slot for it. */
  private int slotOf(long labelHigh, long labelLow) {
    int mask = high.length - 1;
    int slot = (int) (labelLow ^ (labelLow >>> 32)) & mask;
    while (high[slot] != 0 && (high[slot] != labelHigh || low[slot] != labelLow)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    if (high.length >= MOST_CAPACITY) {
      throw new IllegalStateException(
          size + " batches are too many to look for duplicates: verify ranges, or without labels");
    }
    long[] oldHigh = high;
    long[] oldLow = low;
    long[] oldOffsets = offsets;
    high = new long[2 * oldHigh.length];
    low = new long[2 * oldHigh.length];
    offsets = new long[2 * oldHigh.length];
    for (int i = 0; i < oldHigh.length; i++) {
      if (oldHigh[i] != 0) {
        put(slotOf(oldHigh[i], oldLow[i]), oldHigh[i], oldLow[i], oldOffsets[i]);
      }
    }
  }
}
