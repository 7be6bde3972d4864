package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.log.LogId;
import io.raftless.log.ReadBatch;
import java.util.List;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.jspecify.annotations.Nullable;

/**
 * What one fetch brought: consecutive records of one split, or none, and the splits that are done
 * with it. Owned by one thread at a time.
 */
final class FetchedBatch implements RecordsWithSplitIds<RaftlessRecord> {
  private final @Nullable LogId log;
  private final int partition;
  private final long baseOffset;
  private final List<LogRecord> records;
  private final @Nullable Origin origin;
  private final Set<String> finishedSplits;

  /** Null once it was handed out, and if there are no records. */
  private @Nullable String splitId;

  /** Index in {@code records}. */
  private int next;

  private FetchedBatch(
      @Nullable LogId log,
      @Nullable String splitId,
      int partition,
      long baseOffset,
      List<LogRecord> records,
      @Nullable Origin origin,
      Set<String> finishedSplits) {
    this.log = log;
    this.splitId = splitId;
    this.partition = partition;
    this.baseOffset = baseOffset;
    this.records = records;
    this.origin = origin;
    this.finishedSplits = finishedSplits;
  }

  static FetchedBatch withoutRecords(Set<String> finishedSplits) {
    return new FetchedBatch(null, null, 0, 0, List.of(), null, finishedSplits);
  }

  /**
   * Records of a split.
   *
   * @param batch where they are from
   * @param count how many of its records belong to the split: the first ones
   */
  static FetchedBatch of(
      LogId log, String splitId, ReadBatch batch, int count, Set<String> finishedSplits) {
    return new FetchedBatch(
        log,
        splitId,
        batch.partition(),
        batch.baseOffset(),
        batch.records().subList(0, count),
        batch.origin(),
        finishedSplits);
  }

  @Override
  public @Nullable String nextSplit() {
    String handedOut = splitId;
    splitId = null;
    return handedOut;
  }

  @Override
  public @Nullable RaftlessRecord nextRecordFromSplit() {
    if (log == null || next == records.size()) {
      return null;
    }
    int index = next++;
    return new RaftlessRecord(log, partition, baseOffset + index, records.get(index), origin);
  }

  @Override
  public Set<String> finishedSplits() {
    return finishedSplits;
  }
}
