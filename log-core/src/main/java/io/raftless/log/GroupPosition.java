package io.raftless.log;

import io.raftless.cursor.Cursor;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Up to where a consumer group has read a partition.
 *
 * @param partition which partition
 * @param generation changes when somebody resets or deletes the cursor: what was read in another
 *     one does not count any more
 * @param offset of the first record that was not processed; empty if the group has no cursor there
 * @param metadata what {@link ConsumerGroup#advance} stored with the offset; null if nothing
 */
public record GroupPosition(
    int partition, long generation, OptionalLong offset, @Nullable String metadata) {

  static GroupPosition of(Cursor cursor) {
    Long offset = cursor.offset();
    return new GroupPosition(
        cursor.partition(),
        cursor.generation(),
        offset == null ? OptionalLong.empty() : OptionalLong.of(offset),
        cursor.metadata());
  }
}
