package io.raftless.flink.table;

import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessRecord;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of records: the physical columns that are wanted, then metadata of the value format,
 * then metadata of the record.
 */
final class RowDecoder implements RaftlessDeserializer<RowData> {
  private static final long serialVersionUID = 1L;

  /** What a record without a value is. */
  enum Tombstone {
    /** The row of its key is deleted. */
    DELETE,
    /** A row of its key, with nulls in the columns of the value. */
    NULL_VALUE,
    /** Nothing: the changelog in the values says all. */
    IGNORE,
    /** A record that cannot be read. */
    POISON
  }

  private final @Nullable PartDecoder key;
  private final PartDecoder value;
  private final boolean isKeyNeededWithValue;
  private final Tombstone tombstone;
  private final int arity;
  private final List<ReadableMetadata> metadata;
  private final TypeInformation<RowData> producedType;

  /**
   * Makes a decoder.
   *
   * @param key null if no column needs the key
   * @param isKeyNeededWithValue whether the key has columns that the value has not
   * @param physicalArity how many physical columns rows have
   * @param metadata in order; the last of the row
   */
  RowDecoder(
      @Nullable PartDecoder key,
      PartDecoder value,
      boolean isKeyNeededWithValue,
      Tombstone tombstone,
      int physicalArity,
      int valueMetadata,
      List<ReadableMetadata> metadata,
      TypeInformation<RowData> producedType) {
    this.key = key;
    this.value = value;
    this.isKeyNeededWithValue = isKeyNeededWithValue;
    this.tombstone = tombstone;
    this.arity = physicalArity + valueMetadata + metadata.size();
    this.metadata = List.copyOf(metadata);
    this.producedType = producedType;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) throws Exception {
    if (key != null) {
      key.open(context);
    }
    value.open(context);
  }

  @Override
  public void deserialize(RaftlessRecord record, Collector<RowData> out) throws IOException {
    byte[] valueBytes = record.record().value();
    if (valueBytes == null) {
      deserializeTombstone(record, out);
      return;
    }
    for (RowData decodedValue : value.decode(valueBytes)) {
      if (key == null || !isKeyNeededWithValue) {
        out.collect(row(kind(decodedValue), null, decodedValue, record));
      } else {
        for (@Nullable RowData decodedKey : decodeKey(key, record)) {
          out.collect(row(kind(decodedValue), decodedKey, decodedValue, record));
        }
      }
    }
  }

  /** An upsert table sees updates only: whether a key is new, the planner finds out. */
  private RowKind kind(RowData decodedValue) {
    return tombstone == Tombstone.DELETE ? RowKind.UPDATE_AFTER : decodedValue.getRowKind();
  }

  private void deserializeTombstone(RaftlessRecord record, Collector<RowData> out)
      throws IOException {
    switch (tombstone) {
      case IGNORE -> {
        return;
      }
      case POISON ->
          throw new IOException(
              "the record has no value, and the table has no columns in the key: set 'key.format'"
                  + " and 'key.fields', or 'scan.on-poison' = 'skip'");
      case NULL_VALUE -> {
        if (!value.isNullable()) {
          throw new IOException(
              "the record has no value, but columns of the value are NOT NULL: let them be"
                  + " nullable, use 'raftless-upsert', or set 'scan.on-poison' = 'skip'");
        }
      }
      case DELETE -> {}
    }
    RowKind kind = tombstone == Tombstone.DELETE ? RowKind.DELETE : RowKind.INSERT;
    if (key == null) {
      out.collect(row(kind, null, null, record));
      return;
    }
    for (@Nullable RowData decodedKey : decodeKey(key, record)) {
      out.collect(row(kind, decodedKey, null, record));
    }
  }

  /** One null if the record has no key. */
  private static Iterable<@Nullable RowData> decodeKey(PartDecoder key, RaftlessRecord record)
      throws IOException {
    byte[] bytes = record.record().key();
    if (bytes != null) {
      return List.copyOf(key.decode(bytes));
    }
    if (!key.isNullable()) {
      throw new IOException(
          "the record has no key, but columns of the key are NOT NULL: let them be nullable, or set"
              + " 'scan.on-poison' = 'skip'");
    }
    return Collections.<@Nullable RowData>singletonList(null);
  }

  private RowData row(
      RowKind kind,
      @Nullable RowData decodedKey,
      @Nullable RowData decodedValue,
      RaftlessRecord record) {
    GenericRowData row = new GenericRowData(kind, arity);
    if (decodedKey != null && key != null) {
      key.fill(decodedKey, row);
    }
    if (decodedValue != null) {
      value.fill(decodedValue, row);
    }
    for (int i = 0; i < metadata.size(); i++) {
      row.setField(arity - metadata.size() + i, metadata.get(i).read(record));
    }
    return row;
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return producedType;
  }
}
