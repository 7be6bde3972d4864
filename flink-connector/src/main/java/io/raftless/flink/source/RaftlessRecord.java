package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import java.util.Objects;

/**
 * A record and the place it was read from.
 *
 * @param log where the record is from
 * @param partition of the log, 0 or more
 * @param offset of the record in its partition
 * @param record key, value, headers and timestamp; its arrays must not be changed
 */
public record RaftlessRecord(LogId log, int partition, long offset, LogRecord record) {
  public RaftlessRecord {
    Objects.requireNonNull(log, "log");
    Objects.requireNonNull(record, "record");
  }
}
