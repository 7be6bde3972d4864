package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the enumerator knows at a checkpoint. Splits that readers hold are in the readers' state.
 *
 * @param incarnation of the log; null while it has not been looked at
 * @param discoveredPartitions partitions 0 to this were made into splits: those that are not in
 *     {@code unassigned} were handed to readers
 * @param unassigned splits that no reader holds
 */
record EnumeratorState(
    @Nullable Incarnation incarnation, int discoveredPartitions, List<RaftlessSplit> unassigned) {
  EnumeratorState {
    unassigned = List.copyOf(unassigned);
    if (discoveredPartitions < 0 || (incarnation == null && discoveredPartitions > 0)) {
      throw new IllegalArgumentException(
          "no enumerator state: " + discoveredPartitions + " partitions of " + incarnation);
    }
  }

  /** Before the log was looked at. */
  static EnumeratorState initial() {
    return new EnumeratorState(null, 0, List.of());
  }
}
