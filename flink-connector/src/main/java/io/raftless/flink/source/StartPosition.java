package io.raftless.flink.source;

import io.raftless.id.Name;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;

/**
 * Where reading starts when there is no checkpoint or savepoint to go on from. It is resolved once
 * for the logs and partitions that exist when the job starts, and what it was resolved to is part
 * of every checkpoint; only if the job fails over before its first checkpoint, it is resolved anew.
 * What is discovered later is read from its start, whatever is said here.
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
   * The first record of each partition, in order of offsets, whose timestamp is at or after a time;
   * the end of the partition if there is none. Timestamps need not ascend: records after it may be
   * older.
   *
   * @param epochMillis milliseconds since the epoch
   */
  static StartPosition timestamp(long epochMillis) {
    return new Timestamp(epochMillis);
  }

  /**
   * Given offsets, for a source that reads one log.
   *
   * @param byPartition offset of the first record to read, 0 or more; every partition that the log
   *     has when the job starts must be named. The end of a partition is fine, beyond it fails the
   *     job; below its start is what {@code ReaderOptions.onTrimmed} is about
   */
  static StartPosition offsets(Map<Integer, Long> byPartition) {
    return new Offsets(byPartition);
  }

  /**
   * Given offsets, for any number of logs.
   *
   * @param byLogPartition as for {@link #offsets}
   */
  static StartPosition offsetsOf(Map<LogPartition, Long> byLogPartition) {
    return new OffsetsOf(byLogPartition);
  }

  /**
   * Where a consumer group is in each partition.
   *
   * @param name of the group, see {@code RaftlessLog.group}
   * @param fallback for partitions in which the group has no cursor; not a group itself
   * @throws IllegalArgumentException if the fallback is a group
   */
  static StartPosition group(String name, StartPosition fallback) {
    return new Group(name, fallback);
  }

  /** See {@link StartPosition#earliest}. */
  record Earliest() implements StartPosition {}

  /** See {@link StartPosition#latest}. */
  record Latest() implements StartPosition {}

  /** See {@link StartPosition#timestamp}. */
  record Timestamp(long epochMillis) implements StartPosition {}

  /** See {@link StartPosition#offsets}. */
  record Offsets(Map<Integer, Long> byPartition) implements StartPosition {
    public Offsets {
      byPartition = PartitionOffsets.validated(byPartition, "startPosition");
    }
  }

  /** See {@link StartPosition#offsetsOf}. */
  record OffsetsOf(Map<LogPartition, Long> byLogPartition) implements StartPosition {
    public OffsetsOf {
      byLogPartition = PartitionOffsets.validated(byLogPartition, "startPosition");
    }
  }

  /** See {@link StartPosition#group}. */
  record Group(String name, StartPosition fallback) implements StartPosition {
    public Group {
      Name.require("startPosition group", name);
      Objects.requireNonNull(fallback, "fallback");
      if (fallback instanceof Group) {
        throw new IllegalArgumentException(
            "startPosition group '"
                + name
                + "' has a group as its fallback: choose earliest, latest, a timestamp or offsets");
      }
    }
  }
}
