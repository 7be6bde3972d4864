package io.raftless.index;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.raftless.format.FormatException;
import io.raftless.id.Label;
import org.jspecify.annotations.Nullable;

/**
 * A compacted range of offsets: an object with the records, and a list of the batches they came
 * from. The list may cover more than the object: of what was trimmed only the list is kept, so that
 * a label that was committed is found as long as it is above the horizon (design §5).
 *
 * @param endOffset the offset after its last record
 * @param count records that its batches had, ≥ 1
 * @param dataOffset the offset of the first record in the object; {@code endOffset} if there is no
 *     object
 * @param label the segment object; null if all its records were trimmed before they were compacted
 * @param bytes of the segment object; 0 without one
 * @param footerBytes at the end of the object: its index of blocks; 0 without an object
 * @param provenance the object that lists its batches
 * @param sources how many batches
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param minLabel smallest label of its batches
 * @param maxLabel largest label of its batches
 * @param chain the hash chain at {@code endOffset}
 */
public record Segment(
    @JsonProperty("end") long endOffset,
    long count,
    @JsonProperty("data") long dataOffset,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Label label,
    long bytes,
    int footerBytes,
    Label provenance,
    int sources,
    long maxTimestamp,
    Label minLabel,
    Label maxLabel,
    Chain chain)
    implements Item {

  public Segment {
    boolean hasData = label != null;
    if (sources < 1
        || count < sources
        || dataOffset < endOffset - count
        || dataOffset > endOffset
        || hasData != (dataOffset < endOffset)
        || hasData != (bytes > 0)
        || hasData != (footerBytes > 0)) {
      throw new FormatException(
          "a segment contradicts itself: offsets up to "
              + endOffset
              + ", "
              + count
              + " records of "
              + sources
              + " batches, data from "
              + dataOffset
              + ", "
              + bytes
              + " bytes with a footer of "
              + footerBytes);
    }
  }

  @Override
  public long baseOffset() {
    return endOffset - count;
  }

  @Override
  public Chain chainAfter(int partition, Chain before) {
    return chain;
  }
}
