package io.raftless.flink.table;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.ProjectableDecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;

/** Decodes the key or the value of records, and puts what it holds where it belongs in a row. */
final class PartDecoder implements Serializable {
  private static final long serialVersionUID = 1L;

  private final DeserializationSchema<RowData> schema;
  private final RowData.FieldGetter[] getters;
  private final int[] targets;

  /** Whether a row with nulls in place of this part fits the types of the columns. */
  private final boolean isNullable;

  private PartDecoder(
      DeserializationSchema<RowData> schema,
      RowData.FieldGetter[] getters,
      int[] targets,
      boolean isNullable) {
    this.schema = schema;
    this.getters = getters;
    this.targets = targets;
    this.isNullable = isNullable;
  }

  /**
   * Which of the part's columns go where.
   *
   * @param path of the column in the part, nested if the format can project so
   * @param target position in the row
   */
  record Wanted(List<Integer> path, int target) {
    int[] indexes() {
      return path.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /**
   * Makes a decoder.
   *
   * @param part all columns of the part
   * @param wanted those of them that are needed
   * @param metadata types of what the format appends to its rows
   * @param metadataTarget where the first of those goes; the others follow
   */
  static PartDecoder of(
      DynamicTableSource.Context context,
      DecodingFormat<DeserializationSchema<RowData>> format,
      DataType part,
      List<Wanted> wanted,
      List<DataType> metadata,
      int metadataTarget) {
    int[][] paths = wanted.stream().map(Wanted::indexes).toArray(int[][]::new);
    DeserializationSchema<RowData> schema;
    int[] positions;
    int arity;
    if (format instanceof ProjectableDecodingFormat<DeserializationSchema<RowData>> projectable) {
      // Formats are not asked for rows without fields, and records are decoded in any case: so
      // COUNT(*) fails, skips and counts exactly as SELECT * does.
      int[][] decoded = paths.length == 0 ? new int[][] {{0}} : paths;
      schema = projectable.createRuntimeDecoder(context, part, decoded);
      positions = IntStream.range(0, paths.length).toArray();
      arity = decoded.length;
    } else {
      schema = format.createRuntimeDecoder(context, part);
      positions = Arrays.stream(paths).mapToInt(path -> path[0]).toArray();
      arity = DataType.getFieldCount(part);
    }
    List<LogicalType> types =
        DataType.getFieldDataTypes(Projection.of(paths).project(part)).stream()
            .map(DataType::getLogicalType)
            .toList();
    RowData.FieldGetter[] getters = new RowData.FieldGetter[positions.length + metadata.size()];
    int[] targets = new int[getters.length];
    for (int i = 0; i < positions.length; i++) {
      getters[i] = RowData.createFieldGetter(types.get(i), positions[i]);
      targets[i] = wanted.get(i).target();
    }
    for (int i = 0; i < metadata.size(); i++) {
      int to = positions.length + i;
      getters[to] = RowData.createFieldGetter(metadata.get(i).getLogicalType(), arity + i);
      targets[to] = metadataTarget + i;
    }
    boolean isNullable = types.stream().allMatch(LogicalType::isNullable);
    return new PartDecoder(schema, getters, targets, isNullable);
  }

  void open(DeserializationSchema.InitializationContext context) throws Exception {
    schema.open(context);
  }

  boolean isNullable() {
    return isNullable;
  }

  /** The rows that the format makes of some bytes; none if it leaves them out. */
  List<RowData> decode(byte[] bytes) throws IOException {
    List<RowData> rows = new ArrayList<>(1);
    schema.deserialize(bytes, new ListCollector<>(rows));
    return rows;
  }

  /** Copies what is needed of a decoded row. */
  void fill(RowData decoded, GenericRowData row) {
    for (int i = 0; i < getters.length; i++) {
      row.setField(targets[i], getters[i].getFieldOrNull(decoded));
    }
  }
}
