package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record and the place it was read from.
 *
 * @param log where the record is from
 * @param partition of the log, 0 or more
 * @param offset of the record in its partition
 * @param record key, value, headers and timestamp; its arrays must not be changed
 * @param origin under which writer id and epoch it was committed; null if it was appended without a
 *     writer id, or before the log kept origins, or if the source does not ask for origins ({@link
 *     ReaderOptions#withOrigins})
 */
public record RaftlessRecord(
    LogId log, int partition, long offset, LogRecord record, @Nullable Origin origin) {
  public RaftlessRecord {
    Objects.requireNonNull(log, "log");
    Objects.requireNonNull(record, "record");
  }

  /** A record of unknown origin. */
  public RaftlessRecord(LogId log, int partition, long offset, LogRecord record) {
    this(log, partition, offset, record, null);
  }
}
