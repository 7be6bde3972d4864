package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.raftless.id.Label;

/**
 * One batch in the log.
 *
 * @param endOffset the offset after its last record
 * @param count records, ≥ 1
 * @param label the WAL object that holds it
 * @param position of the batch block in the object, in bytes
 * @param length of the batch block, in bytes
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param crc CRC32C of the canonical uncompressed records, 0 to 2³² − 1
 */
public record Entry(
    @JsonProperty("end") long endOffset,
    int count,
    Label label,
    long position,
    int length,
    long maxTimestamp,
    long crc)
    implements Item {

  /** The entry that a batch becomes when it is appended at {@code baseOffset}. */
  public static Entry of(BatchRef batch, long baseOffset) {
    return new Entry(
        Math.addExact(baseOffset, batch.count()),
        batch.count(),
        batch.label(),
        batch.position(),
        batch.length(),
        batch.maxTimestamp(),
        batch.crc());
  }

  @Override
  public long baseOffset() {
    return endOffset - count;
  }

  @Override
  public long bytes() {
    return length;
  }

  @Override
  public Label minLabel() {
    return label;
  }

  @Override
  public Label maxLabel() {
    return label;
  }

  @Override
  public Chain chainAfter(int partition, Chain before) {
    return before.next(partition, label, count, crc);
  }
}
