package io.raftless.flink.table;

import java.util.Arrays;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/** What a table can say of a record beside its columns. Null always means: as if not said. */
enum WritableMetadata {
  PARTITION("partition", DataTypes.INT()),
  TIMESTAMP("timestamp", DataTypes.TIMESTAMP_LTZ(3)),
  HEADERS("headers", DataTypes.MAP(DataTypes.STRING().notNull(), DataTypes.BYTES())),
  HEADERS_LIST("headers-list", HeadersList.TYPE);

  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // Types of Flink are immutable.
  private final DataType type;

  WritableMetadata(String key, DataType type) {
    this.key = key;
    this.type = type;
  }

  /** What SQL calls it: METADATA FROM 'key'. */
  String key() {
    return key;
  }

  DataType type() {
    return type;
  }

  static WritableMetadata of(String key) {
    return Arrays.stream(values())
        .filter(metadata -> metadata.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no writable metadata '" + key + "'"));
  }
}
