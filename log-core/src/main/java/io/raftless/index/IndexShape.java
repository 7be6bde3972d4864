package io.raftless.index;

/**
 * How many items the head keeps of each level and how many go into a node when it spills. All items
 * have bounded size, so these numbers bound the head in bytes as well: with the defaults a level
 * takes at most about 17 KiB.
 *
 * @param maxEntries in level 0 of the head; larger than a usual group commit
 * @param maxRefs on each level above
 * @param nodeItems in a node; at most the other two
 */
public record IndexShape(int maxEntries, int maxRefs, int nodeItems) {
  public IndexShape {
    if (nodeItems < 2 || maxEntries < nodeItems || maxRefs < nodeItems) {
      throw new IllegalArgumentException(
          "an index keeps at least as much as a node takes, and a node takes at least 2: "
              + maxEntries
              + ", "
              + maxRefs
              + ", "
              + nodeItems);
    }
  }

  /** 64 entries, 48 references a level, nodes of 32. */
  public static IndexShape defaults() {
    return new IndexShape(64, 48, 32);
  }
}
