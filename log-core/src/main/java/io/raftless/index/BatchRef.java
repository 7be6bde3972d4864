package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.id.Label;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A batch of one partition that is not in the log yet: where it lies in an uploaded WAL object, or
 * its block itself, and what is in it. It becomes an index entry when it is appended.
 *
 * @param label of the batch; if it was uploaded, that of its WAL object
 * @param position of the batch block in the object, in bytes; 0 without one
 * @param length of the batch block, in bytes
 * @param count records, ≥ 1
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param crc CRC32C of the canonical uncompressed records, 0 to 2³² − 1
 * @param data the block, if it is in no object; null if it was uploaded
 */
public record BatchRef(
    Label label,
    long position,
    int length,
    int count,
    long maxTimestamp,
    long crc,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable InlineBlock data) {
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
    if (data != null && (position != 0 || length != data.length())) {
      throw new IllegalArgumentException(
          "a block of "
              + data.length()
              + " bytes that is in no object cannot be at position "
              + position
              + " and have "
              + length
              + " bytes");
    }
  }

  /** A batch that was uploaded. */
  public BatchRef(Label label, long position, int length, int count, long maxTimestamp, long crc) {
    this(label, position, length, count, maxTimestamp, crc, null);
  }

  /** A batch that is to be committed inside the head. */
  public static BatchRef inline(
      Label label, InlineBlock data, int count, long maxTimestamp, long crc) {
    return new BatchRef(label, 0, data.length(), count, maxTimestamp, crc, data);
  }
}
