package io.raftless.index;

import java.util.List;

/**
 * Which format version heads and nodes have. What older programs understand is written as they know
 * it: they refuse only what they would get wrong.
 */
final class EntryFormat {
  /** Batches without origins, each in the object of its label. */
  static final int PLAIN = 1;

  /** With origins. */
  static final int ORIGINS = 2;

  /** With batches in the head, or in objects that these were written out to. */
  static final int INLINE = 3;

  private EntryFormat() {}

  /** The lowest version that can say all of this. */
  static int of(List<? extends Item> items) {
    int format = PLAIN;
    for (Item item : items) {
      if (item instanceof Entry entry) {
        if (entry.object() != null || entry.data() != null) {
          return INLINE;
        }
        if (entry.epoch() != null) {
          format = ORIGINS;
        }
      }
    }
    return format;
  }

  /** What a version below the one that is needed does not have. */
  static String missingIn(int needed) {
    return needed == ORIGINS ? "no origins" : "no batches without an object of their own";
  }
}
