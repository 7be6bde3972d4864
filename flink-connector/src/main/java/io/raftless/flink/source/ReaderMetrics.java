package io.raftless.flink.source;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongBinaryOperator;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * What a reader subtask tells of itself. Standard names where Flink has one; what is ours is in the
 * group {@code raftless}.
 *
 * <p>Splits are added and removed by the task's thread; counters may be moved by any.
 */
final class ReaderMetrics {
  static final String GROUP = "raftless";

  /** Counter of records that were to be read and had been trimmed. */
  static final String TRIMMED = "recordsTrimmed";

  private final MetricGroup ours;
  private final Counter bytesIn;
  private final Counter errors;
  private final Counter trimmed;
  private final Counter removed;
  private final Counter commitsSucceeded;
  private final Counter commitsFailed;

  /** Of the splits that are being read, by id. */
  private final Map<String, SplitProgress> progress = new ConcurrentHashMap<>();

  /**
   * What the gauges of a partition show, by partition and range: gauges cannot be taken away, so a
   * split that comes again goes on with those of the one before.
   */
  private final Map<String, Shown> shown = new HashMap<>();

  /** Milliseconds; unknown until something was fetched. */
  private volatile long fetchEventTimeLag = -1;

  private static final class Shown {
    private volatile SplitProgress current;

    private Shown(SplitProgress current) {
      this.current = current;
    }
  }

  ReaderMetrics(SourceReaderMetricGroup group) {
    this.ours = group.addGroup(GROUP);
    this.bytesIn = group.getIOMetricGroup().getNumBytesInCounter();
    this.errors = group.getNumRecordsInErrorsCounter();
    this.trimmed = ours.counter(TRIMMED, new ThreadSafeSimpleCounter());
    this.removed = ours.counter("splitsRemoved", new ThreadSafeSimpleCounter());
    this.commitsSucceeded = ours.counter("groupCommitsSucceeded", new ThreadSafeSimpleCounter());
    this.commitsFailed = ours.counter("groupCommitsFailed", new ThreadSafeSimpleCounter());
    group.setPendingRecordsGauge(this::pendingRecords);
    group.setPendingBytesGauge(this::pendingBytes);
    group.gauge("currentFetchEventTimeLag", (Gauge<Long>) () -> fetchEventTimeLag);
  }

  private long pendingRecords() {
    return progress.values().stream().mapToLong(SplitProgress::lag).sum();
  }

  private long pendingBytes() {
    return progress.values().stream().mapToLong(SplitProgress::lagBytes).sum();
  }

  /** Begins to show a split. */
  SplitProgress added(RaftlessSplit split) {
    SplitProgress added = new SplitProgress(split);
    progress.put(split.splitId(), added);
    String place = split.logPartition() + "/" + split.range();
    @Nullable Shown before = shown.get(place);
    if (before != null) {
      before.current = added;
      return added;
    }
    Shown first = new Shown(added);
    shown.put(place, first);
    MetricGroup partition =
        ours.addGroup("log", split.log().toString())
            .addGroup("partition", Integer.toString(split.partition()));
    MetricGroup range =
        split.range() == 0
            ? partition
            : partition.addGroup("range", Integer.toString(split.range()));
    range.gauge("currentOffset", (Gauge<Long>) () -> first.current.currentOffset());
    range.gauge("lag", (Gauge<Long>) () -> first.current.lag());
    return added;
  }

  /** Nothing of a split is pending any more. */
  void finished(String splitId) {
    progress.remove(splitId);
  }

  /**
   * The end of a split's partition was seen.
   *
   * @param storedBytes what the records between two offsets take in the store
   */
  void endsAt(String splitId, long endOffset, LongBinaryOperator storedBytes) {
    @Nullable SplitProgress split = progress.get(splitId);
    if (split != null) {
      split.endsAt(endOffset, storedBytes);
    }
  }

  /** A record was fetched, the last one of its batch. */
  void fetched(LogRecord last) {
    fetchEventTimeLag = System.currentTimeMillis() - last.timestamp();
  }

  /** A record is about to be emitted. */
  void received(LogRecord record) {
    bytesIn.inc(bytes(record));
  }

  private static long bytes(LogRecord record) {
    long bytes = length(record.key()) + length(record.value());
    for (RecordHeader header : record.headers()) {
      bytes += header.name().length() + length(header.value());
    }
    return bytes;
  }

  private static long length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /** A record was left out since it cannot be deserialized. */
  void skipped() {
    errors.inc();
  }

  /** Records that were to be read had been trimmed. */
  void trimmed(long records) {
    trimmed.inc(records);
  }

  /** A split ended since its log is no more. */
  void removed() {
    removed.inc();
  }

  /** A cursor of the group is where it should be. */
  void committed() {
    commitsSucceeded.inc();
  }

  /** A cursor of the group could not be moved. */
  void commitFailed() {
    commitsFailed.inc();
  }
}
