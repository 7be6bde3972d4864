package io.raftless.connect.source;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a task knows of one of its partitions. The thread that polls owns it. */
final class Reading {
  /** Longer than a request to the store takes until it fails. */
  private static final long FINE_NANOS = Duration.ofMinutes(5).toNanos();

  private final SourcePartition partition;
  private final RecordMaker maker;

  /** The offset that Connect has stored; null if none. */
  private final @Nullable Long stored;

  /** The offset of the next record to take from the reader; null until it is known. */
  private @Nullable Long next;

  /** Null until it has begun for the first time. */
  private @Nullable Acknowledged acknowledged;

  private boolean isRead;
  private long begunNanos;

  /** Since when the store fails, and how often it did; null if it does not. */
  private @Nullable Long failingSinceNanos;

  private int failures;

  Reading(SourcePartition partition, RecordMaker maker, @Nullable Long stored) {
    this.partition = partition;
    this.maker = maker;
    this.stored = stored;
  }

  SourcePartition partition() {
    return partition;
  }

  /** Begins for the first time: everything before an offset needs no acknowledgement. */
  void acknowledgedUpTo(long offset) {
    acknowledged = new Acknowledged(offset);
  }

  /** What Kafka has of it, once it has begun. */
  Acknowledged acknowledged() {
    if (acknowledged == null) {
      throw new IllegalStateException(partition + " has not begun");
    }
    return acknowledged;
  }

  /**
   * The record at an offset, for Connect.
   *
   * @throws org.apache.kafka.connect.errors.DataException if Kafka cannot have it
   */
  PolledRecord make(long offset, LogRecord record) {
    return maker.make(offset, record, acknowledged());
  }

  /** Where to go on if that is known: after what was read, else at what Connect has stored. */
  @Nullable Long resume() {
    return next != null ? next : stored;
  }

  /** Whether it began before, with the same task. */
  boolean hasBegun() {
    return next != null;
  }

  long next() {
    if (next == null) {
      throw new IllegalStateException(partition + " has not begun");
    }
    return next;
  }

  void moveTo(long offset) {
    next = offset;
  }

  boolean isRead() {
    return isRead;
  }

  void read(boolean now) {
    isRead = now;
  }

  /** Reading begins, for the first time or again. */
  void began(long nowNanos) {
    begunNanos = nowNanos;
  }

  /**
   * Notes a failure, and returns how many there were in a row. A partition without news was fine if
   * it did not fail for a while.
   */
  int failed(long nowNanos) {
    if (isRead && nowNanos - begunNanos >= FINE_NANOS) {
      succeeded();
    }
    if (failingSinceNanos == null) {
      failingSinceNanos = nowNanos;
    }
    return ++failures;
  }

  /** How long the store has failed. */
  long failingNanos(long nowNanos) {
    return failingSinceNanos == null ? 0 : nowNanos - failingSinceNanos;
  }

  void succeeded() {
    failingSinceNanos = null;
    failures = 0;
  }

  static long bytes(LogRecord record) {
    long bytes = length(record.key()) + length(record.value());
    for (RecordHeader header : record.headers()) {
      bytes += header.name().length() + length(header.value());
    }
    return bytes;
  }

  private static long length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
