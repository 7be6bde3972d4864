package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.jspecify.annotations.Nullable;

/**
 * What one fetch brought: consecutive records of one split, or none, and the splits that are done
 * with it. Owned by one thread at a time.
 */
final class FetchedBatch implements RecordsWithSplitIds<FetchedRecord> {
  private final Iterator<LogRecord> records;
  private final Set<String> finishedSplits;

  /** Null once it was handed out, and if there are no records. */
  private @Nullable String splitId;

  private long nextOffset;

  private FetchedBatch(
      @Nullable String splitId,
      long baseOffset,
      List<LogRecord> records,
      Set<String> finishedSplits) {
    this.splitId = splitId;
    this.nextOffset = baseOffset;
    this.records = records.iterator();
    this.finishedSplits = finishedSplits;
  }

  static FetchedBatch withoutRecords(Set<String> finishedSplits) {
    return new FetchedBatch(null, 0, List.of(), finishedSplits);
  }

  static FetchedBatch of(
      String splitId, long baseOffset, List<LogRecord> records, Set<String> finishedSplits) {
    return new FetchedBatch(splitId, baseOffset, records, finishedSplits);
  }

  @Override
  public @Nullable String nextSplit() {
    String next = splitId;
    splitId = null;
    return next;
  }

  @Override
  public @Nullable FetchedRecord nextRecordFromSplit() {
    return records.hasNext() ? new FetchedRecord(nextOffset++, records.next()) : null;
  }

  @Override
  public Set<String> finishedSplits() {
    return finishedSplits;
  }
}
