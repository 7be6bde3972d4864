package io.raftless.flink.table;

import io.raftless.flink.table.RowDecoder.Tombstone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.ProjectableDecodingFormat;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsFilterPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsLimitPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.types.DataType;
import org.jspecify.annotations.Nullable;

/** A log as a table that is read. */
final class RaftlessTableSource
    implements ScanTableSource,
        SupportsReadingMetadata,
        SupportsProjectionPushDown,
        SupportsFilterPushDown,
        SupportsLimitPushDown,
        SupportsWatermarkPushDown {
  private static final String VALUE_METADATA_PREFIX = "value.";

  private final String table;
  private final ScanSettings settings;
  private final RowLayout layout;
  private final @Nullable DecodingFormat<DeserializationSchema<RowData>> keyFormat;
  private final DecodingFormat<DeserializationSchema<RowData>> valueFormat;
  private final boolean isUpsert;

  /** Metadata keys by the names of the columns. */
  private final Map<String, String> metadataKeys;

  // What the planner pushes down. Copies share nothing that changes.

  private int[][] projection;
  private DataType producedType;
  private List<String> valueMetadata = List.of();
  private List<ReadableMetadata> metadata = List.of();
  private MetadataFilters filters = MetadataFilters.NONE;
  private @Nullable Long limit;
  private @Nullable WatermarkStrategy<RowData> watermarks;

  RaftlessTableSource(
      String table,
      ScanSettings settings,
      RowLayout layout,
      @Nullable DecodingFormat<DeserializationSchema<RowData>> keyFormat,
      DecodingFormat<DeserializationSchema<RowData>> valueFormat,
      boolean isUpsert,
      Map<String, String> metadataKeys) {
    this.table = table;
    this.settings = settings;
    this.layout = layout;
    this.keyFormat = keyFormat;
    this.valueFormat = valueFormat;
    this.isUpsert = isUpsert;
    this.metadataKeys = Map.copyOf(metadataKeys);
    this.projection = Projection.all(layout.physicalType()).toNestedIndexes();
    this.producedType = layout.physicalType();
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return isUpsert ? ChangelogMode.upsert() : valueFormat.getChangelogMode();
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    Map<String, DataType> readable = new LinkedHashMap<>();
    valueFormat
        .listReadableMetadata()
        .forEach((key, type) -> readable.put(VALUE_METADATA_PREFIX + key, type));
    for (ReadableMetadata ours : ReadableMetadata.values()) {
      readable.putIfAbsent(ours.key(), ours.type());
    }
    return readable;
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType newProducedType) {
    valueMetadata =
        keys.stream()
            .filter(key -> key.startsWith(VALUE_METADATA_PREFIX))
            .map(key -> key.substring(VALUE_METADATA_PREFIX.length()))
            .toList();
    metadata =
        keys.stream()
            .filter(key -> !key.startsWith(VALUE_METADATA_PREFIX))
            .map(ReadableMetadata::of)
            .toList();
    if (!valueFormat.listReadableMetadata().isEmpty()) {
      valueFormat.applyReadableMetadata(valueMetadata);
    }
    producedType = newProducedType;
  }

  @Override
  public boolean supportsNestedProjection() {
    return isNestable(valueFormat) && (keyFormat == null || isNestable(keyFormat));
  }

  private static boolean isNestable(DecodingFormat<?> format) {
    return format instanceof ProjectableDecodingFormat<?> projectable
        && projectable.supportsNestedProjection();
  }

  @Override
  public void applyProjection(int[][] projectedFields, DataType newProducedType) {
    projection = projectedFields;
    producedType = newProducedType;
  }

  @Override
  public Result applyFilters(List<ResolvedExpression> conditions) {
    filters = MetadataFilters.of(conditions, metadataKeys);
    List<ResolvedExpression> used =
        conditions.stream()
            .filter(condition -> MetadataFilters.isUseful(condition, metadataKeys))
            .toList();
    return Result.of(used, conditions);
  }

  @Override
  public void applyLimit(long rows) {
    limit = rows;
  }

  @Override
  public void applyWatermark(WatermarkStrategy<RowData> strategy) {
    watermarks = strategy;
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    Source<RowData, ?, ?> source = source(context);
    TypeInformation<RowData> produced = context.createTypeInformation(producedType);
    WatermarkStrategy<RowData> strategy =
        watermarks == null ? WatermarkStrategy.noWatermarks() : watermarks;
    return new DataStreamScanProvider() {
      @Override
      public DataStream<RowData> produceDataStream(
          ProviderContext provider, StreamExecutionEnvironment env) {
        DataStreamSource<RowData> stream =
            env.fromSource(source, strategy, "raftless " + table, produced);
        provider.generateUid("raftless").ifPresent(stream::uid);
        return stream;
      }

      @Override
      public boolean isBounded() {
        return source.getBoundedness() == Boundedness.BOUNDED;
      }

      @Override
      public Optional<Integer> getParallelism() {
        return Optional.ofNullable(settings.parallelism());
      }
    };
  }

  private Source<RowData, ?, ?> source(ScanContext context) {
    boolean withOrigins = metadata.stream().anyMatch(ReadableMetadata::isOrigin);
    Source<RowData, ?, ?> source =
        SourceAssembly.assemble(settings, filters, withOrigins, decoder(context));
    // A change is not a row: a limit of rows says nothing about how many changes make them.
    boolean isInsertOnly = !isUpsert && getChangelogMode().equals(ChangelogMode.insertOnly());
    return limit != null && isInsertOnly && settings.stop() != null
        ? LimitedSource.of(source, limit)
        : source;
  }

  private RowDecoder decoder(ScanContext context) {
    List<PartDecoder.Wanted> fromValue = wanted(layout.valueFields());
    List<PartDecoder.Wanted> fromKey = wanted(layout.keyFields());
    List<DataType> metadataTypes =
        valueMetadata.stream()
            .map(key -> Objects.requireNonNull(valueFormat.listReadableMetadata().get(key)))
            .toList();
    PartDecoder value =
        PartDecoder.of(
            context, valueFormat, layout.valueType(), fromValue, metadataTypes, projection.length);
    PartDecoder key =
        keyFormat == null || fromKey.isEmpty()
            ? null
            : PartDecoder.of(context, keyFormat, layout.keyType(), fromKey, List.of(), 0);
    boolean isKeyNeededWithValue =
        fromKey.stream()
            .anyMatch(
                column -> fromValue.stream().noneMatch(other -> other.target() == column.target()));
    return new RowDecoder(
        key,
        value,
        isKeyNeededWithValue,
        tombstone(),
        projection.length,
        metadataTypes.size(),
        metadata,
        context.createTypeInformation(producedType));
  }

  private Tombstone tombstone() {
    if (isUpsert) {
      return Tombstone.DELETE;
    }
    if (!valueFormat.getChangelogMode().equals(ChangelogMode.insertOnly())) {
      return Tombstone.IGNORE;
    }
    return keyFormat == null ? Tombstone.POISON : Tombstone.NULL_VALUE;
  }

  /** The columns of a part that the projection contains. */
  private List<PartDecoder.Wanted> wanted(int[] fieldsOfPart) {
    List<PartDecoder.Wanted> wanted = new ArrayList<>();
    for (int target = 0; target < projection.length; target++) {
      int[] path = projection[target];
      for (int inPart = 0; inPart < fieldsOfPart.length; inPart++) {
        if (fieldsOfPart[inPart] == path[0]) {
          List<Integer> pathInPart =
              Arrays.stream(path).boxed().collect(Collectors.toCollection(ArrayList::new));
          pathInPart.set(0, inPart);
          wanted.add(new PartDecoder.Wanted(pathInPart, target));
        }
      }
    }
    return wanted;
  }

  @Override
  public DynamicTableSource copy() {
    RaftlessTableSource copy =
        new RaftlessTableSource(
            table, settings, layout, keyFormat, valueFormat, isUpsert, metadataKeys);
    copy.projection = Arrays.stream(projection).map(int[]::clone).toArray(int[][]::new);
    copy.producedType = producedType;
    copy.valueMetadata = valueMetadata;
    copy.metadata = metadata;
    copy.filters = filters;
    copy.limit = limit;
    copy.watermarks = watermarks;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "Raftless table source";
  }
}
