package io.raftless.head;

import io.raftless.id.Label;

/**
 * Where the records of some offsets are: a batch block in a WAL object or in a segment.
 *
 * @param key the object
 * @param position of the block in the object, in bytes
 * @param length of the block, in bytes
 * @param baseOffset of its first record
 * @param endOffset after its last record
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param object the label of the object
 * @param crc CRC32C of the canonical records as the index or the segment's footer says, 0 to 2³² −
 *     1
 */
public record DataBlock(
    String key,
    long position,
    int length,
    long baseOffset,
    long endOffset,
    long maxTimestamp,
    Label object,
    long crc) {

  /** How many records. */
  public int count() {
    return Math.toIntExact(endOffset - baseOffset);
  }
}
