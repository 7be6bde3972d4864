package io.raftless.log;

/** Where a {@link ConsumerGroup} is placed in a partition. */
public sealed interface ResetTo {

  /**
   * At an offset; the end of the partition is fine.
   *
   * @param offset of the first record to process, ≥ 0
   */
  record Offset(long offset) implements ResetTo {
    public Offset {
      if (offset < 0) {
        throw new IllegalArgumentException("offset " + offset + " is negative");
      }
    }
  }

  /** At the first record there is. */
  record Earliest() implements ResetTo {}

  /** After the last record there is. */
  record Latest() implements ResetTo {}

  /**
   * At the first record whose timestamp is not before a time.
   *
   * @param timestampMillis milliseconds since the epoch
   */
  record Timestamp(long timestampMillis) implements ResetTo {}

  /** At an offset. */
  static ResetTo offset(long offset) {
    return new Offset(offset);
  }

  /** At the first record there is. */
  static ResetTo earliest() {
    return new Earliest();
  }

  /** After the last record there is. */
  static ResetTo latest() {
    return new Latest();
  }

  /** At the first record whose timestamp, in milliseconds since the epoch, is not before this. */
  static ResetTo timestamp(long timestampMillis) {
    return new Timestamp(timestampMillis);
  }
}
