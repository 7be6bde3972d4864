package io.raftless.log;

import io.raftless.format.LogRecord;
import java.util.List;

/**
 * Consecutive records of one partition.
 *
 * @param partition where they are from
 * @param baseOffset offset of the first record; the others follow without gaps
 * @param records at least one
 */
public record ReadBatch(int partition, long baseOffset, List<LogRecord> records) {
  public ReadBatch {
    records = List.copyOf(records);
  }

  /** The offset after the last record. */
  public long nextOffset() {
    return baseOffset + records.size();
  }
}
