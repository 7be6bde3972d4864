package io.raftless.flink.table;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Where metadata is in the rows that a table writes: behind the physical columns. */
final class MetadataPositions implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Map<WritableMetadata, Integer> positions;

  /**
   * Notes where metadata is.
   *
   * @param physicalArity how many physical columns there are
   * @param metadata in order
   */
  MetadataPositions(int physicalArity, List<WritableMetadata> metadata) {
    positions = new EnumMap<>(WritableMetadata.class);
    for (int i = 0; i < metadata.size(); i++) {
      positions.put(metadata.get(i), physicalArity + i);
    }
  }

  /** The position in the row; -1 if the table does not write it. */
  int of(WritableMetadata metadata) {
    return positions.getOrDefault(metadata, -1);
  }
}
