package io.raftless.flink.table;

import io.raftless.flink.source.RaftlessRecord;
import io.raftless.format.Origin;
import io.raftless.format.RecordHeader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * What a table can tell of a record beside its columns. Who wrote a record is asked for only if it
 * is selected: it costs a request for each segment.
 */
enum ReadableMetadata {
  LOG("log", DataTypes.STRING().notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      return StringData.fromString(record.log().name());
    }
  },
  PARTITION("partition", DataTypes.INT().notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      return record.partition();
    }
  },
  OFFSET("offset", DataTypes.BIGINT().notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      return record.offset();
    }
  },
  TIMESTAMP("timestamp", DataTypes.TIMESTAMP_LTZ(3).notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      return TimestampData.fromEpochMillis(record.record().timestamp());
    }
  },
  HEADERS("headers", DataTypes.MAP(DataTypes.STRING().notNull(), DataTypes.BYTES()).notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      Map<Object, Object> headers = new HashMap<>();
      for (RecordHeader header : record.record().headers()) {
        headers.put(StringData.fromString(header.name()), header.value());
      }
      return new GenericMapData(headers);
    }
  },
  HEADERS_LIST("headers-list", HeadersList.TYPE.notNull()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      List<RecordHeader> headers = record.record().headers();
      return new GenericArrayData(
          headers.stream()
              .map(
                  header -> GenericRowData.of(StringData.fromString(header.name()), header.value()))
              .toArray());
    }
  },
  WRITER_ID("writer-id", DataTypes.STRING()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      Origin origin = record.origin();
      return origin == null ? null : StringData.fromString(origin.writerId());
    }
  },
  EPOCH("epoch", DataTypes.BIGINT()) {
    @Override
    @Nullable Object read(RaftlessRecord record) {
      Origin origin = record.origin();
      return origin == null ? null : origin.epoch();
    }
  };

  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // Types of Flink are immutable.
  private final DataType type;

  ReadableMetadata(String key, DataType type) {
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

  /** Whether the source has to ask for the origin of records. */
  boolean isOrigin() {
    return this == WRITER_ID || this == EPOCH;
  }

  /** The value in Flink's internal data structures. */
  abstract @Nullable Object read(RaftlessRecord record);

  static ReadableMetadata of(String key) {
    return Arrays.stream(values())
        .filter(metadata -> metadata.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no readable metadata '" + key + "'"));
  }
}
