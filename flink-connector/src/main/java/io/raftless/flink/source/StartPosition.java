package io.raftless.flink.source;

import java.io.Serializable;
import java.util.Map;

/**
 * Where reading starts when there is no checkpoint or savepoint to go on from. It is resolved when
 * the job starts; if the job fails over before its first checkpoint, it is resolved anew.
 */
public sealed interface StartPosition extends Serializable {

  /** The first readable offset of each partition. */
  static StartPosition earliest() {
    return new Earliest();
  }

  /** The end of each partition: only what is written from now on. */
  static StartPosition latest() {
    return new Latest();
  }

  /**
   * Given offsets.
   *
   * @param byPartition offset of the first record to read; every partition of the log must be named
   */
  static StartPosition offsets(Map<Integer, Long> byPartition) {
    return new Offsets(byPartition);
  }

  /** See {@link StartPosition#earliest}. */
  record Earliest() implements StartPosition {}

  /** See {@link StartPosition#latest}. */
  record Latest() implements StartPosition {}

  /** See {@link StartPosition#offsets}. */
  record Offsets(Map<Integer, Long> byPartition) implements StartPosition {
    public Offsets {
      byPartition = PartitionOffsets.validated(byPartition, "startPosition");
    }
  }
}
