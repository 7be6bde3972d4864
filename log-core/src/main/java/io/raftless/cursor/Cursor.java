package io.raftless.cursor;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.FormatException;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Up to where a consumer group has read a partition. Within a generation its offset never goes
 * back.
 *
 * @param format version of the structure
 * @param incarnation of the log
 * @param group whose cursor it is
 * @param partition of the log
 * @param version +1 with every write
 * @param lastWrite the label of the write that made this version
 * @param generation +1 with every reset and with every deletion
 * @param offset of the first record that the group has not processed; null if the group has no
 *     position: it never had one, or it was deleted
 * @param metadata what the consumer stored with the offset, for people and monitoring
 * @param resetBy the name of the reset that began this generation; null in the first
 * @param acknowledged the last few acknowledgements, the oldest first
 */
public record Cursor(
    int format,
    Incarnation incarnation,
    String group,
    int partition,
    long version,
    Label lastWrite,
    long generation,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long offset,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String metadata,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Label resetBy,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Acknowledged> acknowledged) {

  /** The newest structure that this program knows, and the one it writes. */
  public static final int FORMAT = 1;

  /** Metadata has at most this many characters: the object is written with every move. */
  public static final int MAX_METADATA = 1_024;

  /**
   * So many acknowledgements are remembered. Who lost the response to one can tell afterwards
   * whether it was his, unless as many others followed.
   */
  static final int REMEMBERED = 16;

  /**
   * One acknowledgement that moved the cursor.
   *
   * @param generation in which it did
   * @param to where it moved the cursor
   * @param by its name
   */
  public record Acknowledged(long generation, long to, Label by) {}

  public Cursor {
    acknowledged = acknowledged == null ? List.of() : List.copyOf(acknowledged);
    if (generation < 0
        || (offset != null && offset < 0)
        || (generation == 0) != (resetBy == null)
        || (offset == null && metadata != null)) {
      throw new FormatException(
          "the cursor of group '"
              + group
              + "' in partition "
              + partition
              + " contradicts itself: generation "
              + generation
              + ", reset by "
              + resetBy
              + ", offset "
              + offset);
    }
  }

  /** Of a group that has no position yet. */
  public static Cursor first(Incarnation incarnation, String group, int partition, Label write) {
    return new Cursor(
        FORMAT, incarnation, group, partition, 1, write, 0, null, null, null, List.of());
  }

  Cursor written(long newVersion, Label write) {
    return new Cursor(
        FORMAT,
        incarnation,
        group,
        partition,
        newVersion,
        write,
        generation,
        offset,
        metadata,
        resetBy,
        acknowledged);
  }

  Cursor movedTo(long newOffset, @Nullable String newMetadata) {
    return with(generation, newOffset, newMetadata, resetBy, acknowledged);
  }

  Cursor acknowledgedTo(long newOffset, Label by) {
    List<Acknowledged> all = new ArrayList<>(acknowledged);
    all.add(new Acknowledged(generation, newOffset, by));
    int from = Math.max(0, all.size() - REMEMBERED);
    return with(generation, newOffset, null, resetBy, all.subList(from, all.size()));
  }

  Cursor resetTo(@Nullable Long newOffset, Label by) {
    return with(generation + 1, newOffset, null, by, acknowledged);
  }

  private Cursor with(
      long newGeneration,
      @Nullable Long newOffset,
      @Nullable String newMetadata,
      @Nullable Label newResetBy,
      List<Acknowledged> newAcknowledged) {
    return new Cursor(
        format,
        incarnation,
        group,
        partition,
        version,
        lastWrite,
        newGeneration,
        newOffset,
        newMetadata,
        newResetBy,
        newAcknowledged);
  }

  boolean wasAcknowledgedBy(Label name) {
    return acknowledged.stream().anyMatch(one -> one.by().equals(name));
  }

  /**
   * Whether an acknowledgement that moved the cursor to {@code to} in {@code inGeneration} would be
   * remembered. They are remembered in the order of generation and offset, so it would be unless
   * all that are remembered came after it.
   */
  boolean wouldRemember(long inGeneration, long to) {
    if (acknowledged.size() < REMEMBERED) {
      return true;
    }
    Acknowledged oldest = acknowledged.get(0);
    return oldest.generation() != inGeneration
        ? oldest.generation() < inGeneration
        : oldest.to() <= to;
  }
}
