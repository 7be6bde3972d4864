package io.raftless.index;

import io.raftless.id.Label;
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
 * @param crc CRC32C of the canonical uncompressed records, 0 to 2³² − 1
 */
public record BatchRef(
    Label label, long position, int length, int count, long maxTimestamp, long crc) {
  public BatchRef {
    Objects.requireNonNull(label, "label");
    if (position < 0 || length < 1 || count < 1 || crc != (crc & 0xFFFF_FFFFL)) {
      throw new IllegalArgumentException(
          "no batch: position "
              + position
              + ", length "
              + length
              + ", count "
              + count
              + ", crc "
              + crc);
    }
  }
}
