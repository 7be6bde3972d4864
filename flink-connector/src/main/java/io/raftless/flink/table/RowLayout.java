package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FIELDS;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FIELDS_PREFIX;
import static io.raftless.flink.table.RaftlessConnectorOptions.KEY_FORMAT;
import static io.raftless.flink.table.RaftlessConnectorOptions.VALUE_FIELDS_INCLUDE;

import io.raftless.flink.table.RaftlessConnectorOptions.ValueFieldsInclude;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.types.DataType;

/**
 * Which columns of a table are in the key of a record and which in its value. A column may be in
 * both; every column is in one of them.
 */
final class RowLayout {
  private final DataType physicalType;
  private final int[] keyFields;
  private final int[] valueFields;
  private final String keyPrefix;

  private RowLayout(DataType physicalType, int[] keyFields, int[] valueFields, String keyPrefix) {
    this.physicalType = physicalType;
    this.keyFields = keyFields;
    this.valueFields = valueFields;
    this.keyPrefix = keyPrefix;
  }

  /**
   * The layout of a plain table.
   *
   * @param physicalType row of the columns that are neither metadata nor computed
   */
  static RowLayout plain(DataType physicalType, ReadableConfig options) {
    boolean hasFormat = options.getOptional(KEY_FORMAT).isPresent();
    List<String> keyNames = options.getOptional(KEY_FIELDS).orElse(List.of());
    if (hasFormat && keyNames.isEmpty()) {
      throw Options.missing(
          KEY_FIELDS,
          "'" + KEY_FORMAT.key() + "' needs the columns that make the key, separated by ';'");
    }
    if (!hasFormat && options.getOptional(KEY_FIELDS).isPresent()) {
      throw Options.missing(
          KEY_FORMAT,
          "'"
              + KEY_FIELDS.key()
              + "' = '"
              + String.join(";", keyNames)
              + "' needs a format for the"
              + " key, such as 'raw' or 'json'");
    }
    List<String> columns = DataType.getFieldNames(physicalType);
    Set<String> seen = new HashSet<>();
    int[] keyFields = new int[keyNames.size()];
    for (int i = 0; i < keyFields.length; i++) {
      String name = keyNames.get(i);
      keyFields[i] = columns.indexOf(name);
      if (keyFields[i] < 0) {
        throw Options.invalid(
            KEY_FIELDS,
            String.join(";", keyNames),
            "the table has no physical column '" + name + "'; it has " + columns);
      }
      if (!seen.add(name)) {
        throw Options.invalid(
            KEY_FIELDS, String.join(";", keyNames), "'" + name + "' is named twice, name it once");
      }
    }
    return of(physicalType, keyFields, options);
  }

  /**
   * The layout of an upsert table.
   *
   * @param primaryKey the columns of the primary key, in order
   */
  static RowLayout upsert(DataType physicalType, int[] primaryKey, ReadableConfig options) {
    return of(physicalType, primaryKey, options);
  }

  private static RowLayout of(DataType physicalType, int[] keyFields, ReadableConfig options) {
    ValueFieldsInclude include = options.get(VALUE_FIELDS_INCLUDE);
    String prefix = options.get(KEY_FIELDS_PREFIX);
    List<String> columns = DataType.getFieldNames(physicalType);
    if (!prefix.isEmpty()) {
      if (include == ValueFieldsInclude.ALL) {
        throw Options.invalid(
            KEY_FIELDS_PREFIX,
            prefix,
            "set '"
                + VALUE_FIELDS_INCLUDE.key()
                + "' = 'EXCEPT_KEY' with it, since the value cannot hold columns whose names are"
                + " cut in the key only");
      }
      for (int field : keyFields) {
        if (!columns.get(field).startsWith(prefix)) {
          throw Options.invalid(
              KEY_FIELDS_PREFIX,
              prefix,
              "the key column '"
                  + columns.get(field)
                  + "' does not begin with it: rename the column, or change the prefix");
        }
      }
    }
    int[] valueFields =
        include == ValueFieldsInclude.ALL
            ? IntStream.range(0, columns.size()).toArray()
            : IntStream.range(0, columns.size())
                .filter(field -> Arrays.stream(keyFields).noneMatch(key -> key == field))
                .toArray();
    if (valueFields.length == 0) {
      throw Options.invalid(
          VALUE_FIELDS_INCLUDE,
          include,
          "no column is left for the value: add one, or set it to 'ALL'");
    }
    return new RowLayout(physicalType, keyFields, valueFields, prefix);
  }

  /** Row of all physical columns. */
  DataType physicalType() {
    return physicalType;
  }

  /** Where the columns of the key are in the physical row; none if keys are not used. */
  int[] keyFields() {
    return keyFields.clone();
  }

  /** Where the columns of the value are in the physical row. */
  int[] valueFields() {
    return valueFields.clone();
  }

  /** What the key format sees: the columns of the key, without the prefix of their names. */
  DataType keyType() {
    List<DataTypes.Field> fields = new ArrayList<>();
    for (DataTypes.Field field :
        DataType.getFields(Projection.of(keyFields).project(physicalType))) {
      fields.add(
          DataTypes.FIELD(field.getName().substring(keyPrefix.length()), field.getDataType()));
    }
    return DataTypes.ROW(fields).notNull();
  }

  /** What the value format sees. */
  DataType valueType() {
    return Projection.of(valueFields).project(physicalType);
  }
}
