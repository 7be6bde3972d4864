package io.raftless.connect.sink;

/** Where a partition starts that has no stored position. */
public enum StartPosition {
  /** At the first record that Kafka has. */
  EARLIEST,
  /** At the end: with what is produced from now on. */
  LATEST,
  /** Where the consumer group is, which is Connect's own choice. */
  COMMITTED
}
