package io.raftless.flink.table;

import io.raftless.flink.sink.RaftlessPartitioner;
import io.raftless.format.LogRecord;
import org.apache.flink.table.data.RowData;

/** The metadata column 'partition' wins, if the table has it and it is not null. */
final class RowPartitioner implements RaftlessPartitioner<RowData> {
  private static final long serialVersionUID = 1L;

  private final MetadataPositions positions;
  private final RaftlessPartitioner<RowData> otherwise;

  RowPartitioner(MetadataPositions positions, RaftlessPartitioner<RowData> otherwise) {
    this.positions = positions;
    this.otherwise = otherwise;
  }

  @Override
  public void open(int subtask, int parallelism) {
    otherwise.open(subtask, parallelism);
  }

  @Override
  public int partition(RowData row, LogRecord record, int partitions) {
    int position = positions.of(WritableMetadata.PARTITION);
    if (position < 0 || row.isNullAt(position)) {
      return otherwise.partition(row, record, partitions);
    }
    int partition = row.getInt(position);
    if (partition < 0 || partition >= partitions) {
      throw new IllegalArgumentException(
          "metadata 'partition' is "
              + partition
              + ", but the log has "
              + partitions
              + " partitions: write 0 to "
              + (partitions - 1)
              + ", or null to let the partitioner choose");
    }
    return partition;
  }
}
