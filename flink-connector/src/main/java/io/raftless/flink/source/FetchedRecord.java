package io.raftless.flink.source;

import io.raftless.format.LogRecord;

/**
 * A record on its way from the fetcher to the task.
 *
 * @param offset of the record in its partition
 */
record FetchedRecord(long offset, LogRecord record) {}
