package io.raftless.flink.table;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What {@code table.json} beside a log's {@code log.json} says: how the log is a table of Flink.
 *
 * @param format of this object
 * @param incarnation of the log that it is about: a log that was created anew is another table
 * @param properties schema and options, as Flink writes a table
 */
record TableDefinition(int format, String incarnation, Map<String, String> properties) {
  static final int NEWEST_FORMAT = 1;

  TableDefinition {
    Objects.requireNonNull(incarnation, "incarnation");
    properties = new TreeMap<>(properties);
  }

  static TableDefinition of(String incarnation, Map<String, String> properties) {
    return new TableDefinition(NEWEST_FORMAT, incarnation, properties);
  }
}
