package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_PARTITIONER;
import static io.raftless.flink.table.RaftlessConnectorOptions.VALUE_FORMAT;

import io.raftless.flink.sink.RaftlessPartitioner;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.format.Format;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.FactoryUtil.TableFactoryHelper;
import org.apache.flink.table.factories.SerializationFormatFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/** Makes tables of options: what the plain and the upsert connector have in common. */
final class TableFactories {
  /** Options of both connectors, but for the bucket, which is required. */
  static final Set<ConfigOption<?>> COMMON =
      union(
          StoreOptions.OPTIONAL,
          Set.of(
              RaftlessConnectorOptions.LOG,
              RaftlessConnectorOptions.LOG_PATTERN,
              FORMAT,
              VALUE_FORMAT,
              KEY_FORMAT,
              RaftlessConnectorOptions.KEY_FIELDS_PREFIX,
              RaftlessConnectorOptions.VALUE_FIELDS_INCLUDE,
              RaftlessConnectorOptions.SCAN_STARTUP_MODE,
              RaftlessConnectorOptions.SCAN_STARTUP_TIMESTAMP_MILLIS,
              RaftlessConnectorOptions.SCAN_STARTUP_SPECIFIC_OFFSETS,
              RaftlessConnectorOptions.SCAN_STARTUP_GROUP_FALLBACK,
              RaftlessConnectorOptions.SCAN_BOUNDED_MODE,
              RaftlessConnectorOptions.SCAN_BOUNDED_TIMESTAMP_MILLIS,
              RaftlessConnectorOptions.SCAN_BOUNDED_SPECIFIC_OFFSETS,
              RaftlessConnectorOptions.SCAN_DISCOVERY_INTERVAL,
              RaftlessConnectorOptions.SCAN_ON_REMOVED,
              RaftlessConnectorOptions.SCAN_ON_TRIMMED,
              RaftlessConnectorOptions.SCAN_ON_POISON,
              RaftlessConnectorOptions.SCAN_PARALLELISM,
              RaftlessConnectorOptions.GROUP,
              RaftlessConnectorOptions.GROUP_COMMIT_ON_CHECKPOINT,
              RaftlessConnectorOptions.SINK_ID,
              RaftlessConnectorOptions.SINK_DELIVERY_GUARANTEE,
              RaftlessConnectorOptions.SINK_PARALLELISM,
              RaftlessConnectorOptions.SINK_ON_REWIND,
              RaftlessConnectorOptions.SINK_CREATE_PARTITIONS,
              RaftlessConnectorOptions.SINK_COMPACT_AFTER_COMMIT,
              RaftlessConnectorOptions.SINK_COMPRESSION,
              RaftlessConnectorOptions.SINK_OBJECT_SIZE));

  /** What may change without another plan: where the store is, and how it is read and written. */
  static final Set<ConfigOption<?>> FORWARDED =
      union(
          StoreOptions.OPTIONAL,
          Set.of(
              RaftlessConnectorOptions.BUCKET,
              RaftlessConnectorOptions.LOG,
              RaftlessConnectorOptions.LOG_PATTERN,
              RaftlessConnectorOptions.SCAN_STARTUP_MODE,
              RaftlessConnectorOptions.SCAN_STARTUP_TIMESTAMP_MILLIS,
              RaftlessConnectorOptions.SCAN_STARTUP_SPECIFIC_OFFSETS,
              RaftlessConnectorOptions.SCAN_STARTUP_GROUP_FALLBACK,
              RaftlessConnectorOptions.SCAN_DISCOVERY_INTERVAL,
              RaftlessConnectorOptions.SCAN_ON_REMOVED,
              RaftlessConnectorOptions.SCAN_ON_TRIMMED,
              RaftlessConnectorOptions.SCAN_ON_POISON,
              RaftlessConnectorOptions.GROUP,
              RaftlessConnectorOptions.GROUP_COMMIT_ON_CHECKPOINT,
              RaftlessConnectorOptions.SINK_ID,
              RaftlessConnectorOptions.SINK_ON_REWIND,
              RaftlessConnectorOptions.SINK_CREATE_PARTITIONS,
              RaftlessConnectorOptions.SINK_COMPRESSION,
              RaftlessConnectorOptions.SINK_OBJECT_SIZE));

  private TableFactories() {}

  static Set<ConfigOption<?>> union(Set<ConfigOption<?>> some, Set<ConfigOption<?>> more) {
    Set<ConfigOption<?>> all = new HashSet<>(some);
    all.addAll(more);
    return Set.copyOf(all);
  }

  static DynamicTableSource source(
      DynamicTableFactory factory, DynamicTableFactory.Context context, boolean isUpsert) {
    TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(factory, context);
    ReadableConfig options = helper.getOptions();
    ConfigOption<String> formatOption = valueFormatOption(options);
    DecodingFormat<DeserializationSchema<RowData>> keyFormat =
        helper
            .discoverOptionalDecodingFormat(DeserializationFormatFactory.class, KEY_FORMAT)
            .orElse(null);
    DecodingFormat<DeserializationSchema<RowData>> valueFormat =
        helper.discoverDecodingFormat(DeserializationFormatFactory.class, formatOption);
    helper.validate();
    RowLayout layout = layout(context, options, isUpsert);
    checkFormats(context, keyFormat, valueFormat, isUpsert);
    boolean isBatch =
        context.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    return new RaftlessTableSource(
        context.getObjectIdentifier().asSummaryString(),
        ScanSettings.of(options, isBatch),
        layout,
        keyFormat,
        valueFormat,
        isUpsert,
        metadataKeys(context));
  }

  static DynamicTableSink sink(
      DynamicTableFactory factory, DynamicTableFactory.Context context, boolean isUpsert) {
    TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(factory, context);
    ReadableConfig options = helper.getOptions();
    ConfigOption<String> formatOption = valueFormatOption(options);
    EncodingFormat<SerializationSchema<RowData>> keyFormat =
        helper
            .discoverOptionalEncodingFormat(SerializationFormatFactory.class, KEY_FORMAT)
            .orElse(null);
    EncodingFormat<SerializationSchema<RowData>> valueFormat =
        helper.discoverEncodingFormat(SerializationFormatFactory.class, formatOption);
    helper.validate();
    RowLayout layout = layout(context, options, isUpsert);
    checkFormats(context, keyFormat, valueFormat, isUpsert);
    RaftlessPartitioner<RowData> partitioner =
        isUpsert
            ? RaftlessPartitioner.byKey()
            : Partitioners.of(options.get(SINK_PARTITIONER), context.getClassLoader());
    return new RaftlessTableSink(
        SinkTableSettings.of(options), layout, keyFormat, valueFormat, partitioner, isUpsert);
  }

  private static ConfigOption<String> valueFormatOption(ReadableConfig options) {
    String format = options.getOptional(FORMAT).orElse(null);
    String valueFormat = options.getOptional(VALUE_FORMAT).orElse(null);
    if (format != null && valueFormat != null) {
      throw Options.invalid(
          FORMAT,
          format,
          "'" + VALUE_FORMAT.key() + "' is set as well and means the same, so set one of them");
    }
    if (format == null && valueFormat == null) {
      throw Options.missing(FORMAT, "name the format of the values, such as 'json'");
    }
    return format != null ? FORMAT : VALUE_FORMAT;
  }

  private static RowLayout layout(
      DynamicTableFactory.Context context, ReadableConfig options, boolean isUpsert) {
    DataType physicalType = context.getPhysicalRowDataType();
    if (!isUpsert) {
      return RowLayout.plain(physicalType, options);
    }
    if (context.getPrimaryKeyIndexes().length == 0) {
      throw new ValidationException(
          "An upsert table needs to know which rows are the same: declare PRIMARY KEY (...) NOT"
              + " ENFORCED.");
    }
    if (options.getOptional(KEY_FORMAT).isEmpty()) {
      throw Options.missing(
          KEY_FORMAT, "an upsert table needs a format for its primary key, such as 'json'");
    }
    return RowLayout.upsert(physicalType, primaryKey(context), options);
  }

  /** Flink counts all columns, we those that are physical. */
  private static int[] primaryKey(DynamicTableFactory.Context context) {
    var physical = DataType.getFieldNames(context.getPhysicalRowDataType());
    return context
        .getCatalogTable()
        .getResolvedSchema()
        .getPrimaryKey()
        .orElseThrow()
        .getColumns()
        .stream()
        .mapToInt(physical::indexOf)
        .toArray();
  }

  private static void checkFormats(
      DynamicTableFactory.Context context,
      @Nullable Format keyFormat,
      Format valueFormat,
      boolean isUpsert) {
    if (keyFormat != null) {
      requireInserts(KEY_FORMAT.key(), keyFormat, "a key is not a change of a row");
    }
    if (isUpsert) {
      requireInserts(
          "value.format", valueFormat, "the changes of an upsert table are its keys and values");
      return;
    }
    if (context.getPrimaryKeyIndexes().length > 0
        && valueFormat.getChangelogMode().containsOnly(RowKind.INSERT)) {
      throw new ValidationException(
          "A table of connector 'raftless' whose format has inserts only keeps no PRIMARY KEY: every"
              + " record is a row. Leave the key out, or use connector 'raftless-upsert'.");
    }
  }

  private static void requireInserts(String option, Format format, String why) {
    if (!format.getChangelogMode().equals(ChangelogMode.insertOnly())) {
      throw new ValidationException(
          "Option '"
              + option
              + "' names a format of changelogs, but "
              + why
              + ": choose a format of inserts, such as 'json'.");
    }
  }

  private static Map<String, String> metadataKeys(DynamicTableFactory.Context context) {
    Map<String, String> keys = new HashMap<>();
    for (Column column : context.getCatalogTable().getResolvedSchema().getColumns()) {
      if (column instanceof Column.MetadataColumn metadata) {
        keys.put(column.getName(), metadata.getMetadataKey().orElse(column.getName()));
      }
    }
    return keys;
  }
}
