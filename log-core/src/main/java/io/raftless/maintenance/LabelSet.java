package io.raftless.maintenance;

import io.raftless.id.Label;

/**
 * A set of very many labels: two longs each in an open-addressed table, 24 to 48 bytes a label. Ten
 * million take 256 MiB.
 *
 * <p>Thread-safe.
 */
final class LabelSet {
  /** Of the table: two longs a slot, both zero if it is free. No label is all zeros. */
  private static final int FIRST_SLOTS = 1 << 10;

  /** The largest table that an array can hold. */
  private static final int MOST_SLOTS = 1 << 29;

  /** Guarded by this, as is the following. Its length is twice a power of two. */
  private long[] table = new long[2 * FIRST_SLOTS];

  private int size;

  synchronized void add(Label label) {
    if (3L * size >= 2L * slots()) {
      grow();
    }
    if (put(table, high(label), low(label))) {
      size++;
    }
  }

  synchronized boolean contains(Label label) {
    int slot = find(table, high(label), low(label));
    return table[slot] != 0 || table[slot + 1] != 0;
  }

  synchronized int size() {
    return size;
  }

  private int slots() {
    return table.length / 2;
  }

  private void grow() {
    if (slots() == MOST_SLOTS) {
      throw new IllegalStateException("more than " + size + " labels do not fit into memory");
    }
    long[] larger = new long[2 * table.length];
    for (int slot = 0; slot < table.length; slot += 2) {
      if (table[slot] != 0 || table[slot + 1] != 0) {
        put(larger, table[slot], table[slot + 1]);
      }
    }
    table = larger;
  }

  private static boolean put(long[] table, long high, long low) {
    int slot = find(table, high, low);
    boolean isNew = table[slot] == 0 && table[slot + 1] == 0;
    table[slot] = high;
    table[slot + 1] = low;
    return isNew;
  }

  /** Where a label is, or the free slot where it belongs. */
  private static int find(long[] table, long high, long low) {
    int mask = table.length - 1;
    // The low half of a label is random, but for the variant bits at its top.
    long mixed = (low ^ (high >>> 16)) * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) << 1 & mask;
    while ((table[slot] != 0 || table[slot + 1] != 0)
        && (table[slot] != high || table[slot + 1] != low)) {
      slot = slot + 2 & mask;
    }
    return slot;
  }

  private static long high(Label label) {
    return label.value().getMostSignificantBits();
  }

  private static long low(Label label) {
    return label.value().getLeastSignificantBits();
  }
}
