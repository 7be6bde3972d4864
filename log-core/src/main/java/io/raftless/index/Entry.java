package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.raftless.format.FormatException;
import io.raftless.format.Origin;
import io.raftless.id.Label;
import org.jspecify.annotations.Nullable;

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
 * @param epoch under which it was appended; null if without a writer id, or before origins were
 *     kept
 * @param writerId whose epoch that is; null without one. It is not stored here but next to the
 *     entries, once: see {@link EntryOrigins}
 */
public record Entry(
    @JsonProperty("end") long endOffset,
    int count,
    Label label,
    long position,
    int length,
    long maxTimestamp,
    long crc,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long epoch,
    @JsonIgnore @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String writerId)
    implements Item {

  public Entry {
    boolean isOfWriter =
        writerId == null || (!writerId.isEmpty() && writerId.length() <= Origin.MAX_WRITER_ID);
    if ((epoch != null && epoch < 1) || !isOfWriter) {
      throw new FormatException("no origin: epoch " + epoch + " of writer id '" + writerId + "'");
    }
  }

  /** A batch of unknown origin. */
  public Entry(
      long endOffset,
      int count,
      Label label,
      long position,
      int length,
      long maxTimestamp,
      long crc) {
    this(endOffset, count, label, position, length, maxTimestamp, crc, null, null);
  }

  /**
   * The entry that a batch becomes when it is appended at {@code baseOffset}.
   *
   * @param origin null if it is appended without a writer id
   */
  public static Entry of(BatchRef batch, long baseOffset, @Nullable Origin origin) {
    return new Entry(
        Math.addExact(baseOffset, batch.count()),
        batch.count(),
        batch.label(),
        batch.position(),
        batch.length(),
        batch.maxTimestamp(),
        batch.crc(),
        origin == null ? null : origin.epoch(),
        origin == null ? null : origin.writerId());
  }

  /** The same with its writer id. */
  Entry withWriterId(@Nullable String itsWriterId) {
    return new Entry(
        endOffset, count, label, position, length, maxTimestamp, crc, epoch, itsWriterId);
  }

  /** Under which writer id and epoch it was appended; null if that is not known. */
  @JsonIgnore
  public @Nullable Origin origin() {
    return epoch == null || writerId == null ? null : new Origin(writerId, epoch);
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
