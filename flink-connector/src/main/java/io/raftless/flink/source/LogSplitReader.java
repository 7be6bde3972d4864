package io.raftless.flink.source;

import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;

/**
 * Reads all splits of a subtask with one {@link LogReader}. Owned by the fetcher thread; {@link
 * #wakeUp} alone is called from others.
 */
final class LogSplitReader implements SplitReader<RaftlessRecord, RaftlessSplit> {

  /** Only how often an idle fetcher looks up: new splits and pauses wake it. */
  private static final Duration POLL_TIMEOUT = Duration.ofSeconds(10);

  private final SourceSettings<?> settings;
  private final ObjectStore store;
  private final RaftlessLog log;
  private final LogReader reader;

  /** Splits that {@code reader} reads, by partition. */
  private final Map<Integer, RaftlessSplit> reading = new HashMap<>();

  /** Splits that are done and not yet reported. */
  private Set<String> finished = new HashSet<>();

  private LogSplitReader(SourceSettings<?> settings, ObjectStore store, RaftlessLog log) {
    this.settings = settings;
    this.store = store;
    this.log = log;
    this.reader = log.newReader(settings.readerOptions());
  }

  /**
   * Opens the log.
   *
   * @throws UncheckedIOException if it cannot be opened
   */
  static LogSplitReader open(SourceSettings<?> settings) {
    ObjectStore store;
    try {
      store = settings.store().open();
    } catch (RuntimeException e) {
      throw new UncheckedIOException(SourceFailure.toException(settings.log(), e));
    }
    try {
      return new LogSplitReader(settings, store, RaftlessLog.open(store, settings.log()));
    } catch (RuntimeException e) {
      store.close();
      throw new UncheckedIOException(SourceFailure.toException(settings.log(), e));
    }
  }

  @Override
  public void handleSplitsChanges(SplitsChange<RaftlessSplit> change) {
    if (change instanceof SplitsAddition) {
      change.splits().forEach(this::add);
    } else if (change instanceof SplitsRemoval) {
      change.splits().forEach(this::finish);
    } else {
      throw new UnsupportedOperationException("no such change of splits: " + change);
    }
  }

  private void add(RaftlessSplit split) {
    if (!split.incarnation().equals(log.incarnation())) {
      throw new UncheckedIOException(
          SourceFailure.otherIncarnation(settings.log(), split.incarnation(), log.incarnation()));
    }
    if (split.isEmpty()) {
      finished.add(split.splitId());
      return;
    }
    reading.put(split.partition(), split);
    reader.assign(split.partition(), split.startOffset());
  }

  private void finish(RaftlessSplit split) {
    if (reading.remove(split.partition()) != null) {
      reader.unassign(split.partition());
    }
    finished.add(split.splitId());
  }

  @Override
  public RecordsWithSplitIds<RaftlessRecord> fetch() throws IOException {
    if (!finished.isEmpty()) {
      return FetchedBatch.withoutRecords(takeFinished());
    }
    Optional<ReadBatch> polled;
    try {
      polled = reader.poll(POLL_TIMEOUT);
    } catch (InterruptedException e) {
      // The thread stays uninterrupted: Flink's fetcher waits once more before it closes this
      // reader, and would not close it at all if that wait were interrupted, too.
      throw new IOException("interrupted while reading log " + settings.log(), e);
    } catch (RuntimeException e) {
      throw SourceFailure.toException(settings.log(), e);
    }
    return polled
        .<RecordsWithSplitIds<RaftlessRecord>>map(this::cutAtStop)
        .orElseGet(() -> FetchedBatch.withoutRecords(Set.of()));
  }

  private FetchedBatch cutAtStop(ReadBatch batch) {
    RaftlessSplit split = reading.get(batch.partition());
    if (split == null) {
      throw new IllegalStateException("read partition " + batch.partition() + ", not assigned");
    }
    int count = batch.records().size();
    if (batch.nextOffset() >= split.stopOffset()) {
      count = (int) Math.max(0, split.stopOffset() - batch.baseOffset());
      finish(split);
    }
    return FetchedBatch.of(settings.log(), split.splitId(), batch, count, takeFinished());
  }

  private Set<String> takeFinished() {
    Set<String> taken = finished;
    finished = new HashSet<>();
    return taken;
  }

  @Override
  public void wakeUp() {
    reader.wakeUp();
  }

  @Override
  public void pauseOrResumeSplits(
      Collection<RaftlessSplit> splitsToPause, Collection<RaftlessSplit> splitsToResume) {
    // A split may have finished since the task decided.
    splitsToPause.stream()
        .map(RaftlessSplit::partition)
        .filter(reading::containsKey)
        .forEach(reader::pause);
    splitsToResume.stream()
        .map(RaftlessSplit::partition)
        .filter(reading::containsKey)
        .forEach(reader::resume);
  }

  @Override
  public void close() {
    reader.close();
    log.close();
    store.close();
  }
}
