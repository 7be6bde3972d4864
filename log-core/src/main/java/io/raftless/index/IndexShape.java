package io.raftless.index;

/**
 * How many items the head keeps of each level and how many go into a node. All items have bounded
 * size, so these numbers bound the head in bytes as well. A level that is too full gives its older
 * half away, to the last node above it if that has room: so a node object is written once per half
 * a level, and nodes become large although levels are small.
 *
 * @param maxEntries in level 0 of the head
 * @param maxRefs on each level above
 * @param nodeItems in a node
 * @param inlineBytes of batches that are in the head and in no object: beyond it they are written
 *     out. 0 to 16 KiB
 */
public record IndexShape(int maxEntries, int maxRefs, int nodeItems, int inlineBytes) {
  /** As base64 a third of what a head may have. */
  public static final int MAX_INLINE_BYTES = 16 << 10;

  public IndexShape {
    if (inlineBytes < 0 || inlineBytes > MAX_INLINE_BYTES) {
      throw new IllegalArgumentException(
          "a head has room for 0 to " + MAX_INLINE_BYTES + " bytes of batches, not " + inlineBytes);
    }
    if (nodeItems < 2 || maxEntries < 2 || maxRefs < 2) {
      throw new IllegalArgumentException(
          "levels and nodes of an index take at least 2 items: "
              + maxEntries
              + ", "
              + maxRefs
              + ", "
              + nodeItems);
    }
  }

  /** With as much room for batches in the head as there may be. */
  public IndexShape(int maxEntries, int maxRefs, int nodeItems) {
    this(maxEntries, maxRefs, nodeItems, MAX_INLINE_BYTES);
  }

  /** The same with other room for batches in the head. */
  public IndexShape withInlineBytes(int bytes) {
    return new IndexShape(maxEntries, maxRefs, nodeItems, bytes);
  }

  /**
   * 96 batches, 48 references a level, nodes of 512: ten million batches are two nodes below the
   * head, which stays below 40 KiB, and the batches that it has itself.
   */
  public static IndexShape defaults() {
    return new IndexShape(96, 48, 512);
  }

  /** For segments, of which there are fewer, and which are larger in the head. */
  public IndexShape forSegments() {
    return new IndexShape(Math.max(2, maxEntries / 3), maxRefs, nodeItems);
  }
}
