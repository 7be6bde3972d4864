package io.raftless.connect.source;

import java.util.HashMap;
import java.util.Map;

/**
 * Up to where Kafka has all records of a partition. Records are acknowledged in any order; only
 * what has no gap before it counts. Thread-safe.
 */
final class Acknowledged {
  /** Invariant: everything before it, since the start, is acknowledged. */
  private long next;

  /** Stretches above {@link #next}: from where to where. */
  private final Map<Long, Long> above = new HashMap<>();

  /**
   * @param start the offset of the first record that will be read
   */
  Acknowledged(long start) {
    this.next = start;
  }

  /** The record at an offset is in Kafka, or was dropped on purpose. */
  void record(long offset) {
    stretch(offset, offset + 1);
  }

  /** There are no records from an offset on up to another one: nobody will acknowledge them. */
  synchronized void stretch(long from, long to) {
    if (from > next) {
      above.merge(from, to, Math::max);
      return;
    }
    next = Math.max(next, to);
    Long end = above.remove(next);
    while (end != null) {
      next = Math.max(next, end);
      end = above.remove(next);
    }
  }

  /** The offset of the first record that is not acknowledged. */
  synchronized long next() {
    return next;
  }
}
