package io.raftless.flink.table;

import io.raftless.flink.sink.RaftlessPartitioner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** A log as a table that is written. */
final class RaftlessTableSink implements DynamicTableSink, SupportsWritingMetadata {
  private final SinkTableSettings settings;
  private final RowLayout layout;
  private final @Nullable EncodingFormat<SerializationSchema<RowData>> keyFormat;
  private final EncodingFormat<SerializationSchema<RowData>> valueFormat;
  private final RaftlessPartitioner<RowData> partitioner;
  private final boolean isUpsert;

  private List<WritableMetadata> metadata = List.of();

  RaftlessTableSink(
      SinkTableSettings settings,
      RowLayout layout,
      @Nullable EncodingFormat<SerializationSchema<RowData>> keyFormat,
      EncodingFormat<SerializationSchema<RowData>> valueFormat,
      RaftlessPartitioner<RowData> partitioner,
      boolean isUpsert) {
    this.settings = settings;
    this.layout = layout;
    this.keyFormat = keyFormat;
    this.valueFormat = valueFormat;
    this.partitioner = partitioner;
    this.isUpsert = isUpsert;
  }

  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    if (!isUpsert) {
      return valueFormat.getChangelogMode();
    }
    ChangelogMode.Builder mode = ChangelogMode.newBuilder();
    for (RowKind kind : requested.getContainedKinds()) {
      if (kind != RowKind.UPDATE_BEFORE) {
        mode.addContainedKind(kind);
      }
    }
    return mode.keyOnlyDeletes(true).build();
  }

  @Override
  public Map<String, DataType> listWritableMetadata() {
    Map<String, DataType> writable = new LinkedHashMap<>();
    for (WritableMetadata ours : WritableMetadata.values()) {
      writable.put(ours.key(), ours.type());
    }
    return writable;
  }

  @Override
  public void applyWritableMetadata(List<String> keys, DataType consumedType) {
    metadata = keys.stream().map(WritableMetadata::of).toList();
    if (metadata.contains(WritableMetadata.HEADERS)
        && metadata.contains(WritableMetadata.HEADERS_LIST)) {
      throw new ValidationException(
          "The table writes both metadata 'headers' and 'headers-list', which are the same headers:"
              + " declare the column of one of them METADATA VIRTUAL.");
    }
    if (isUpsert && metadata.contains(WritableMetadata.PARTITION)) {
      throw new ValidationException(
          "Metadata 'partition' cannot be written to an upsert table, since all changes of a key"
              + " must be in one partition: declare the column METADATA VIRTUAL.");
    }
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    MetadataPositions positions =
        new MetadataPositions(DataType.getFieldCount(layout.physicalType()), metadata);
    RowEncoder encoder =
        new RowEncoder(
            keyFormat == null ? null : keyFormat.createRuntimeEncoder(context, layout.keyType()),
            getters(layout.keyFields()),
            valueFormat.createRuntimeEncoder(context, layout.valueType()),
            getters(layout.valueFields()),
            positions,
            isUpsert);
    return SinkV2Provider.of(
        SinkAssembly.assemble(settings, encoder, new RowPartitioner(positions, partitioner)),
        settings.parallelism());
  }

  private RowData.FieldGetter[] getters(int[] fields) {
    List<DataType> types = DataType.getFieldDataTypes(layout.physicalType());
    RowData.FieldGetter[] getters = new RowData.FieldGetter[fields.length];
    for (int i = 0; i < fields.length; i++) {
      getters[i] = RowData.createFieldGetter(types.get(fields[i]).getLogicalType(), fields[i]);
    }
    return getters;
  }

  @Override
  public DynamicTableSink copy() {
    RaftlessTableSink copy =
        new RaftlessTableSink(settings, layout, keyFormat, valueFormat, partitioner, isUpsert);
    copy.metadata = metadata;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "Raftless table sink";
  }
}
