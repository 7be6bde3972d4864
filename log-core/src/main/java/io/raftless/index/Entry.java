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
 * @param label of the batch
 * @param position of the batch block in its object, in bytes; 0 without an object
 * @param length of the batch block, in bytes
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param crc CRC32C of the canonical uncompressed records, 0 to 2³² − 1
 * @param epoch under which it was appended; null if without a writer id, or before origins were
 *     kept
 * @param object the WAL object that holds it, if that has another label than the batch: one to
 *     which it was written out of the head. Always above {@code label}, so whatever is above a
 *     bound by the labels of its batches is so by its objects, too
 * @param data the batch block, if it is in no object: in the head only, never in a node
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
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Label object,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable InlineBlock data,
    @JsonIgnore @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String writerId)
    implements Item {

  public Entry {
    boolean isOfWriter =
        writerId == null || (!writerId.isEmpty() && writerId.length() <= Origin.MAX_WRITER_ID);
    if ((epoch != null && epoch < 1) || !isOfWriter) {
      throw new FormatException("no origin: epoch " + epoch + " of writer id '" + writerId + "'");
    }
    if (object != null && (data != null || object.compareTo(label) <= 0)) {
      throw new FormatException(
          "batch " + label + " cannot have been written out of a head to object " + object);
    }
    if (data != null && (position != 0 || length != data.length())) {
      throw new FormatException(
          "batch "
              + label
              + " has "
              + data.length()
              + " bytes in the head, not "
              + length
              + " at position "
              + position);
    }
  }

  /** A batch of unknown origin in an object of its own label. */
  public Entry(
      long endOffset,
      int count,
      Label label,
      long position,
      int length,
      long maxTimestamp,
      long crc) {
    this(endOffset, count, label, position, length, maxTimestamp, crc, null, null, null, null);
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
        null,
        batch.data(),
        origin == null ? null : origin.writerId());
  }

  /** The same with its writer id. */
  Entry withWriterId(@Nullable String itsWriterId) {
    return new Entry(
        endOffset,
        count,
        label,
        position,
        length,
        maxTimestamp,
        crc,
        epoch,
        object,
        data,
        itsWriterId);
  }

  /** The same batch, when its block is in an object and not in the head any more. */
  Entry writtenOut(Label newObject, long newPosition) {
    return new Entry(
        endOffset,
        count,
        label,
        newPosition,
        length,
        maxTimestamp,
        crc,
        epoch,
        newObject,
        null,
        writerId);
  }

  /** The object that its block is in; null if that is in the head. */
  @JsonIgnore
  public @Nullable Label dataObject() {
    return data != null ? null : object != null ? object : label;
  }

  /** Bytes of its block in the head; 0 if it is in an object. */
  @JsonIgnore
  public int inlineBytes() {
    return data == null ? 0 : data.length();
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
