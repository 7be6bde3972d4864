package io.raftless.log;

import java.util.OptionalLong;

/**
 * How far a consumer group is behind in a partition.
 *
 * @param partition which partition
 * @param startOffset first readable offset; a cursor below it has lost records to retention
 * @param endOffset the offset that the next record gets
 * @param cursorOffset where the cursor is; empty if the group has none there
 * @param records that can be read and were not processed; without a cursor, all there are
 */
public record PartitionLag(
    int partition, long startOffset, long endOffset, OptionalLong cursorOffset, long records) {

  static PartitionLag of(GroupPosition position, PartitionStatus status) {
    long from = Math.max(position.offset().orElse(0), status.startOffset());
    return new PartitionLag(
        status.partition(),
        status.startOffset(),
        status.nextOffset(),
        position.offset(),
        Math.max(0, status.nextOffset() - from));
  }
}
