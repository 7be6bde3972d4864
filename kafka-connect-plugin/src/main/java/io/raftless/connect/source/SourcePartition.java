package io.raftless.connect.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One partition of one creation of a log: Connect's <em>source partition</em>, in whose <em>source
 * offset</em> {@code {"offset": n}} the {@code n} is <b>the offset of the next record to read</b>,
 * as in offsets that Kafka's consumers commit. A record at offset 7 carries 8; 0 is the very
 * beginning. Each record carries its own, so that any of them can be gone on after.
 *
 * @param log where it is
 * @param incarnation which creation of it
 * @param partition ≥ 0
 */
record SourcePartition(LogId log, Incarnation incarnation, int partition) {
  static final String LOG = "log";
  static final String INCARNATION = "incarnation";
  static final String PARTITION = "partition";
  static final String OFFSET = "offset";

  private static final String SHAPE =
      "{\""
          + LOG
          + "\": \"prefix/name\", \""
          + INCARNATION
          + "\": \"uuid\", \""
          + PARTITION
          + "\": 0}";

  SourcePartition {
    if (partition < 0) {
      throw new IllegalArgumentException("partition " + partition + " is negative");
    }
  }

  /**
   * As Connect stores it.
   *
   * <p>A {@link HashMap} of the usual capacity, always: *because* Connect compares source
   * partitions by the bytes of their JSON, whose order is that of the map, and what comes through
   * its REST API passes through such a map. In another order the task would not find offsets that
   * were altered.
   */
  Map<String, Object> toMap() {
    Map<String, Object> map = new HashMap<>();
    map.put(LOG, log.toString());
    map.put(INCARNATION, incarnation.toString());
    map.put(PARTITION, partition);
    return map;
  }

  /** The source offset of the record before {@code next}. */
  static Map<String, Object> offset(long next) {
    return Map.of(OFFSET, next);
  }

  /**
   * Reads what {@link #toMap} made, or a user wrote.
   *
   * @throws IllegalArgumentException with what is wrong and what is right
   */
  static SourcePartition of(Map<String, ?> map) {
    if (!map.keySet().equals(Set.of(LOG, INCARNATION, PARTITION))) {
      throw new IllegalArgumentException(
          "source partition " + map + " has other keys than it must: write " + SHAPE);
    }
    if (!(map.get(LOG) instanceof String log)) {
      throw wrong(map, LOG, "the prefix, a slash and the name of a log");
    }
    Long partition = whole(map.get(PARTITION));
    if (partition == null || partition < 0 || partition > Integer.MAX_VALUE) {
      throw wrong(map, PARTITION, "a number from 0, without quotes");
    }
    if (!(map.get(INCARNATION) instanceof String incarnation)) {
      throw wrong(map, INCARNATION, "the log's incarnation, which describing the log tells");
    }
    int slash = log.lastIndexOf('/');
    try {
      return new SourcePartition(
          LogId.of(slash < 0 ? "" : log.substring(0, slash), log.substring(slash + 1)),
          Incarnation.parse(incarnation),
          partition.intValue());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "source partition " + map + ": " + e.getMessage() + "; write " + SHAPE, e);
    }
  }

  /**
   * Reads a source offset.
   *
   * @param map null if there is none
   * @return null if there is none
   * @throws IllegalArgumentException with what is wrong and what is right
   */
  static @Nullable Long next(@Nullable Map<String, ?> map) {
    if (map == null) {
      return null;
    }
    Long next = map.keySet().equals(Set.of(OFFSET)) ? whole(map.get(OFFSET)) : null;
    if (next == null || next < 0) {
      throw new IllegalArgumentException(
          "source offset "
              + map
              + ": write {\""
              + OFFSET
              + "\": n}, where n, from 0 and without quotes, is the offset of the next record to"
              + " read, or null to start again");
    }
    return next;
  }

  private static @Nullable Long whole(@Nullable Object value) {
    if (value instanceof Number number
        && (number instanceof Long
            || number instanceof Integer
            || number instanceof Short
            || number instanceof Byte)) {
      return number.longValue();
    }
    return null;
  }

  private static IllegalArgumentException wrong(Map<String, ?> map, String key, String right) {
    return new IllegalArgumentException(
        "source partition " + map + ": '" + key + "' must be " + right + "; write " + SHAPE);
  }

  @Override
  public String toString() {
    return "partition " + partition + " of log " + log;
  }
}
