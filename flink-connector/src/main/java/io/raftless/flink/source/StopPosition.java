package io.raftless.flink.source;

import java.io.Serializable;
import java.util.Map;

/**
 * Where a bounded read stops. It is resolved once, when the job starts, and what it was resolved to
 * is part of every checkpoint; only if the job fails over before its first checkpoint, it is
 * resolved anew.
 */
public sealed interface StopPosition extends Serializable {

  /** The end that each partition has when the job first starts. */
  static StopPosition latest() {
    return new Latest();
  }

  /**
   * Before the first record of each partition, in order of offsets, whose timestamp is at or after
   * a time; if there is none, the end that the partition has when the job first starts. Timestamps
   * need not ascend: records after it may be older and are not read.
   *
   * @param epochMillis milliseconds since the epoch
   */
  static StopPosition timestamp(long epochMillis) {
    return new Timestamp(epochMillis);
  }

  /**
   * Given offsets, for a source that reads one log.
   *
   * @param byPartition the offset after the last record to read, 0 or more; every partition of the
   *     log must be named. If it is beyond the partition's end, the job waits for the records
   */
  static StopPosition offsets(Map<Integer, Long> byPartition) {
    return new Offsets(byPartition);
  }

  /**
   * Given offsets, for any number of logs.
   *
   * @param byLogPartition as for {@link #offsets}
   */
  static StopPosition offsetsOf(Map<LogPartition, Long> byLogPartition) {
    return new OffsetsOf(byLogPartition);
  }

  /** See {@link StopPosition#latest}. */
  record Latest() implements StopPosition {}

  /** See {@link StopPosition#timestamp}. */
  record Timestamp(long epochMillis) implements StopPosition {}

  /** See {@link StopPosition#offsets}. */
  record Offsets(Map<Integer, Long> byPartition) implements StopPosition {
    public Offsets {
      byPartition = PartitionOffsets.validated(byPartition, "stopPosition");
    }
  }

  /** See {@link StopPosition#offsetsOf}. */
  record OffsetsOf(Map<LogPartition, Long> byLogPartition) implements StopPosition {
    public OffsetsOf {
      byLogPartition = PartitionOffsets.validated(byLogPartition, "stopPosition");
    }
  }
}
