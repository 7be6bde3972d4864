package io.raftless.flink.table;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/** Headers as SQL has them without loss: in order, and names may repeat. */
final class HeadersList {
  static final DataType TYPE =
      DataTypes.ARRAY(
          DataTypes.ROW(
                  DataTypes.FIELD("name", DataTypes.STRING().notNull()),
                  DataTypes.FIELD("value", DataTypes.BYTES()))
              .notNull());

  static final int NAME = 0;
  static final int VALUE = 1;
  static final int FIELDS = 2;

  private HeadersList() {}
}
