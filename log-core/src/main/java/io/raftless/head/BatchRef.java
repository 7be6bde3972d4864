package io.raftless.head;

import java.util.Objects;

/**
 * Where a batch of one partition lies in an uploaded WAL object, and what is in it. It becomes an
 * index entry when it is appended.
 *
 * @param label the WAL object
 * @param position of the batch block in the object, in bytes
 * @param length of the batch block, in bytes
 * @param count records, ≥ 1
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param crc CRC32C of the canonical uncompressed records
 */
public record BatchRef(
    Label label, long position, int length, int count, long maxTimestamp, int crc) {
  public BatchRef {
    Objects.requireNonNull(label, "label");
    if (position < 0 || length < 1 || count < 1) {
      throw new IllegalArgumentException(
          "no batch: position " + position + ", length " + length + ", count " + count);
    }
  }
}
