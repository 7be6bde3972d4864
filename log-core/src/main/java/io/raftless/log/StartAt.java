package io.raftless.log;

import java.util.Objects;

/** Where a {@link LogReader} starts in a partition. */
public sealed interface StartAt {

  /**
   * At an offset; the end of the partition is fine.
   *
   * @param offset of the first record wanted, ≥ 0
   */
  record Offset(long offset) implements StartAt {
    public Offset {
      if (offset < 0) {
        throw new IllegalArgumentException("offset " + offset + " is negative");
      }
    }
  }

  /** At the first record there is when the reader first looks. */
  record Earliest() implements StartAt {}

  /** After the last record there is when the reader first looks. */
  record Latest() implements StartAt {}

  /**
   * At the first record, in order of offsets, whose timestamp is at or after a time; after the last
   * record if there is none when the reader first looks. Timestamps need not ascend: records after
   * it may be older.
   *
   * @param timestampMillis milliseconds since the epoch
   */
  record Timestamp(long timestampMillis) implements StartAt {}

  /**
   * Where a consumer group is when the reader first looks. Reading does not move the group: see
   * {@link ConsumerGroup#acknowledge} and {@link ConsumerGroup#advance}.
   *
   * @param name of the group
   * @param ifNoCursor where to begin if the group has no cursor in the partition
   */
  record Group(String name, IfNoCursor ifNoCursor) implements StartAt {
    public Group {
      ConsumerGroup.requireName(name);
      Objects.requireNonNull(ifNoCursor, "ifNoCursor");
    }
  }

  /** Where to begin if a group has no cursor. */
  enum IfNoCursor {
    /** At the first record there is. */
    EARLIEST,
    /** After the last record there is. */
    LATEST,
    /** Nowhere: fail with {@link RaftlessException.Refused}. */
    FAIL
  }

  /** At an offset. */
  static StartAt offset(long offset) {
    return new Offset(offset);
  }

  /** At the first record there is. */
  static StartAt earliest() {
    return new Earliest();
  }

  /** After the last record there is. */
  static StartAt latest() {
    return new Latest();
  }

  /** At the first record of a time or later; milliseconds since the epoch. */
  static StartAt timestamp(long timestampMillis) {
    return new Timestamp(timestampMillis);
  }

  /** Where a consumer group is. */
  static StartAt group(String name, IfNoCursor ifNoCursor) {
    return new Group(name, ifNoCursor);
  }
}
