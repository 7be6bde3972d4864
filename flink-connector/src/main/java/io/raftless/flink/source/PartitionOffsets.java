package io.raftless.flink.source;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Offsets that a user gave by partition: by number, or by {@link LogPartition}. */
final class PartitionOffsets {
  private PartitionOffsets() {}

  static <K> Map<K, Long> validated(Map<K, Long> byPartition, String option) {
    byPartition.forEach(
        (partition, offset) -> {
          if (offset < 0 || (partition instanceof Integer number && number < 0)) {
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

  /**
   * The offset that was given for a partition.
   *
   * @param key of the partition in {@code byPartition}
   * @throws IllegalArgumentException if there is none
   */
  static <K> long of(Map<K, Long> byPartition, K key, LogPartition partition, String option) {
    @Nullable Long offset = byPartition.get(key);
    if (offset == null) {
      throw new IllegalArgumentException(
          option
              + " names no offset for partition "
              + partition.partition()
              + " of log "
              + partition.log()
              + ": name every partition");
    }
    return offset;
  }
}
