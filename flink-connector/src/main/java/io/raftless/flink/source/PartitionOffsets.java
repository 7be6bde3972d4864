package io.raftless.flink.source;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Offsets that a user gave by partition. */
final class PartitionOffsets {
  private PartitionOffsets() {}

  static Map<Integer, Long> validated(Map<Integer, Long> byPartition, String option) {
    byPartition.forEach(
        (partition, offset) -> {
          if (partition < 0 || offset < 0) {
            throw new IllegalArgumentException(
                option
                    + " has offset "
                    + offset
                    + " for partition "
                    + partition
                    + ": both must be 0 or more");
          }
        });
    return Map.copyOf(byPartition);
  }

  static long of(Map<Integer, Long> byPartition, int partition, String option) {
    @Nullable Long offset = byPartition.get(partition);
    if (offset == null) {
      throw new IllegalArgumentException(
          option + " names no offset for partition " + partition + ": name every partition");
    }
    return offset;
  }
}
