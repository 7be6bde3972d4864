package io.raftless.flink.source;

import java.io.Serializable;
import java.util.Map;

/**
 * Where a bounded read stops. It is resolved when the job starts; if the job fails over before its
 * first checkpoint, it is resolved anew.
 */
public sealed interface StopPosition extends Serializable {

  /** The end that each partition has when the job first starts. */
  static StopPosition latest() {
    return new Latest();
  }

  /**
   * Given offsets.
   *
   * @param byPartition the offset after the last record to read; every partition of the log must be
   *     named. If it is beyond the partition's end, the job waits for the records
   */
  static StopPosition offsets(Map<Integer, Long> byPartition) {
    return new Offsets(byPartition);
  }

  /** See {@link StopPosition#latest}. */
  record Latest() implements StopPosition {}

  /** See {@link StopPosition#offsets}. */
  record Offsets(Map<Integer, Long> byPartition) implements StopPosition {
    public Offsets {
      byPartition = PartitionOffsets.validated(byPartition, "stopPosition");
    }
  }
}
