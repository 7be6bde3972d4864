package io.raftless.log;

import io.raftless.format.DecodedRecords;
import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive records of one partition.
 *
 * @param partition where they are from
 * @param baseOffset offset of the first record; the others follow without gaps
 * @param records at least one. What a reader hands out may make a record each time that it is asked
 *     for it: who needs one twice keeps it
 * @param origin under which writer id and epoch all of them were committed; null if they were
 *     appended without a writer id, or before the log kept origins, or if the reader was not asked
 *     for origins ({@link ReaderOptions#withOrigins})
 */
public record ReadBatch(
    int partition, long baseOffset, List<LogRecord> records, @Nullable Origin origin) {
  public ReadBatch {
    if (!(records instanceof DecodedRecords)) {
      records = List.copyOf(records);
    }
  }

  /** Records of unknown origin. */
  public ReadBatch(int partition, long baseOffset, List<LogRecord> records) {
    this(partition, baseOffset, records, null);
  }

  /** The offset after the last record. */
  public long nextOffset() {
    return baseOffset + records.size();
  }
}
