package io.raftless.flink.table;

import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** Makes records of rows: physical columns, then the metadata that the table writes. */
final class RowEncoder implements RaftlessSerializer<RowData> {
  private static final long serialVersionUID = 1L;

  private static final int TIMESTAMP_PRECISION = 3;

  private final @Nullable SerializationSchema<RowData> key;
  private final RowData.FieldGetter[] keyGetters;
  private final SerializationSchema<RowData> value;
  private final RowData.FieldGetter[] valueGetters;
  private final MetadataPositions positions;
  private final boolean isUpsert;

  RowEncoder(
      @Nullable SerializationSchema<RowData> key,
      RowData.FieldGetter[] keyGetters,
      SerializationSchema<RowData> value,
      RowData.FieldGetter[] valueGetters,
      MetadataPositions positions,
      boolean isUpsert) {
    this.key = key;
    this.keyGetters = keyGetters;
    this.value = value;
    this.valueGetters = valueGetters;
    this.positions = positions;
    this.isUpsert = isUpsert;
  }

  @Override
  public void open(SerializationSchema.InitializationContext context, int subtask, int parallelism)
      throws Exception {
    if (key != null) {
      key.open(context);
    }
    value.open(context);
  }

  @Override
  public LogRecord serialize(RowData row, @Nullable Long timestamp) throws IOException {
    byte[] keyBytes = key == null ? null : key.serialize(project(row, RowKind.INSERT, keyGetters));
    return new LogRecord(keyBytes, valueBytes(row), headers(row), timestamp(row, timestamp));
  }

  private byte @Nullable [] valueBytes(RowData row) {
    RowKind kind = row.getRowKind();
    if (!isUpsert) {
      return value.serialize(project(row, kind, valueGetters));
    }
    return kind == RowKind.DELETE || kind == RowKind.UPDATE_BEFORE
        ? null
        : value.serialize(project(row, RowKind.INSERT, valueGetters));
  }

  private static RowData project(RowData row, RowKind kind, RowData.FieldGetter[] getters) {
    GenericRowData projected = new GenericRowData(kind, getters.length);
    for (int i = 0; i < getters.length; i++) {
      projected.setField(i, getters[i].getFieldOrNull(row));
    }
    return projected;
  }

  private long timestamp(RowData row, @Nullable Long timestamp) {
    int position = positions.of(WritableMetadata.TIMESTAMP);
    if (isSet(row, position)) {
      return row.getTimestamp(position, TIMESTAMP_PRECISION).getMillisecond();
    }
    return timestamp == null ? System.currentTimeMillis() : timestamp;
  }

  private List<RecordHeader> headers(RowData row) throws IOException {
    int map = positions.of(WritableMetadata.HEADERS);
    if (isSet(row, map)) {
      return headers(row.getMap(map));
    }
    int list = positions.of(WritableMetadata.HEADERS_LIST);
    return isSet(row, list) ? headers(row.getArray(list)) : List.of();
  }

  private static List<RecordHeader> headers(MapData map) throws IOException {
    ArrayData names = map.keyArray();
    ArrayData values = map.valueArray();
    List<RecordHeader> headers = new ArrayList<>(map.size());
    for (int i = 0; i < map.size(); i++) {
      if (names.isNullAt(i)) {
        throw new IOException("metadata 'headers' has a null key: give every header a name");
      }
      byte[] bytes = values.isNullAt(i) ? null : values.getBinary(i);
      headers.add(new RecordHeader(names.getString(i).toString(), bytes));
    }
    return headers;
  }

  private static List<RecordHeader> headers(ArrayData list) throws IOException {
    List<RecordHeader> headers = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      if (list.isNullAt(i) || list.getRow(i, HeadersList.FIELDS).isNullAt(HeadersList.NAME)) {
        throw new IOException(
            "metadata 'headers-list' has a header without a name: give every header one");
      }
      RowData header = list.getRow(i, HeadersList.FIELDS);
      byte[] bytes =
          header.isNullAt(HeadersList.VALUE) ? null : header.getBinary(HeadersList.VALUE);
      headers.add(new RecordHeader(header.getString(HeadersList.NAME).toString(), bytes));
    }
    return headers;
  }

  private static boolean isSet(RowData row, int position) {
    return position >= 0 && !row.isNullAt(position);
  }
}
