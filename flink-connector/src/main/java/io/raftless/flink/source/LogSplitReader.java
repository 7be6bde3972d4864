package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.MultiLogReader;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.StartAt;
import io.raftless.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all splits of a subtask, of whatever logs, with one {@link MultiLogReader}. Owned by the
 * fetcher thread; {@link #wakeUp} alone is called from others.
 */
final class LogSplitReader implements SplitReader<RaftlessRecord, RaftlessSplit> {
  private static final Logger LOG = LoggerFactory.getLogger(LogSplitReader.class);

  /** Only how often an idle fetcher looks up: new splits and pauses wake it. */
  private static final Duration POLL_TIMEOUT = Duration.ofSeconds(1);

  private final SourceSettings<?> settings;
  private final ReaderMetrics metrics;
  private final ObjectStore store;

  /** By split id. */
  private final MultiLogReader<String> reader;

  /** Splits that {@code reader} reads, by id. */
  private final Map<String, Reading> reading = new HashMap<>();

  private final Map<LogCreation, RaftlessLog> opened = new HashMap<>();

  /** Splits that are done and not yet reported. */
  private Set<String> finished = new HashSet<>();

  private long lastLookNanos = System.nanoTime();

  private static final class Reading {
    private final RaftlessSplit split;

    /** The offset that is expected next. */
    private long next;

    private Reading(RaftlessSplit split) {
      this.split = split;
      this.next = split.startOffset();
    }
  }

  private LogSplitReader(SourceSettings<?> settings, ReaderMetrics metrics, ObjectStore store) {
    this.settings = settings;
    this.metrics = metrics;
    this.store = store;
    this.reader = new MultiLogReader<>(settings.readerOptions());
  }

  /**
   * Opens the store. Logs are opened when splits of them come.
   *
   * @param store opens it
   * @throws UncheckedIOException if it cannot be opened
   */
  static LogSplitReader open(
      SourceSettings<?> settings, ReaderMetrics metrics, Supplier<ObjectStore> store) {
    try {
      return new LogSplitReader(settings, metrics, store.get());
    } catch (RuntimeException e) {
      throw new UncheckedIOException(
          SourceFailure.toException("log " + settings.subscription(), e));
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
    if (!settings.subscription().contains(split.log())) {
      LOG.warn(
          "{} was restored, but its log is not one of {}: no more is read of it",
          split,
          settings.subscription());
      finished.add(split.splitId());
    } else if (split.isEmpty()) {
      finished.add(split.splitId());
    } else {
      begin(split);
    }
  }

  private void begin(RaftlessSplit split) {
    @Nullable RaftlessLog log = logOf(split);
    if (log == null) {
      finished.add(split.splitId());
      return;
    }
    try {
      reader.assign(split.splitId(), log, split.partition(), StartAt.offset(split.startOffset()));
    } catch (RuntimeException e) {
      throw new UncheckedIOException(SourceFailure.toException(split.log(), e));
    }
    reading.put(split.splitId(), new Reading(split));
  }

  /** The log of a split, or null if it is no more and that is fine. */
  private @Nullable RaftlessLog logOf(RaftlessSplit split) {
    LogCreation key = LogCreation.of(split);
    @Nullable RaftlessLog known = opened.get(key);
    if (known != null) {
      return known;
    }
    RaftlessLog log;
    try {
      log = RaftlessLog.open(store, split.log());
    } catch (RaftlessException.LogNotFound e) {
      removed(split, null);
      return null;
    } catch (RuntimeException e) {
      throw new UncheckedIOException(SourceFailure.toException(split.log(), e));
    }
    if (!log.incarnation().equals(split.incarnation())) {
      log.close();
      removed(split, log.incarnation());
      return null;
    }
    opened.put(key, log);
    return log;
  }

  /** Whether that is fine is an option. */
  private void removed(RaftlessSplit split, @Nullable Incarnation now) {
    if (settings.onRemoved() == OnRemoved.FAIL) {
      throw new UncheckedIOException(SourceFailure.removed(split.log(), split.incarnation(), now));
    }
    metrics.removed();
    LOG.warn(
        "Log {} was {}: what was not read of {} is given up",
        split.log(),
        now == null ? "deleted" : "deleted and created again",
        split);
  }

  private void finish(RaftlessSplit split) {
    if (reading.remove(split.splitId()) != null) {
      reader.unassign(split.splitId());
      LogCreation log = LogCreation.of(split);
      if (reading.values().stream().noneMatch(other -> LogCreation.of(other.split).equals(log))) {
        @Nullable RaftlessLog unused = opened.remove(log);
        if (unused != null) {
          unused.close();
        }
      }
    }
    finished.add(split.splitId());
  }

  @Override
  public RecordsWithSplitIds<RaftlessRecord> fetch() throws IOException {
    // Before anything is polled: what was polled has been handed out, so positions are its ends.
    if (System.nanoTime() - lastLookNanos > POLL_TIMEOUT.toNanos()) {
      lookAround();
    }
    if (!finished.isEmpty()) {
      return FetchedBatch.withoutRecords(takeFinished());
    }
    Optional<MultiLogReader.Polled<String>> polled;
    try {
      polled = reader.poll(POLL_TIMEOUT);
    } catch (InterruptedException e) {
      // The thread stays uninterrupted: Flink's fetcher waits once more before it closes this
      // reader, and would not close it at all if that wait were interrupted, too.
      throw new IOException("interrupted while reading " + settings.subscription(), e);
    }
    if (polled.isEmpty()) {
      return FetchedBatch.withoutRecords(takeFinished());
    }
    @Nullable Reading source = reading.get(polled.get().key());
    if (source == null) {
      throw new IllegalStateException("read " + polled.get().key() + ", not assigned");
    }
    Optional<RuntimeException> failure = polled.get().failure();
    if (failure.isPresent()) {
      return failed(source.split, failure.get());
    }
    return cutAtStop(source, polled.get().batch());
  }

  private FetchedBatch failed(RaftlessSplit split, RuntimeException failure) throws IOException {
    // What vacuum has taken of a deleted log looks like damage.
    if (!SourceFailure.isRemoved(failure) && !isGone(split)) {
      throw SourceFailure.toException(split.log(), failure);
    }
    if (settings.onRemoved() == OnRemoved.FAIL) {
      throw SourceFailure.removed(split.log(), split.incarnation(), null);
    }
    removed(split, null);
    finish(split);
    return FetchedBatch.withoutRecords(takeFinished());
  }

  /** Whether the log that a split is of is no more; if that cannot be told, it is not. */
  private boolean isGone(RaftlessSplit split) {
    try (RaftlessLog now = RaftlessLog.open(store, split.log())) {
      return !now.incarnation().equals(split.incarnation());
    } catch (RuntimeException e) {
      return SourceFailure.isRemoved(e);
    }
  }

  private FetchedBatch cutAtStop(Reading source, ReadBatch batch) {
    RaftlessSplit split = source.split;
    int count = batch.records().size();
    noticeTrimmed(source, batch.baseOffset());
    source.next = batch.nextOffset();
    noticeEnd(split.splitId());
    if (batch.nextOffset() >= split.stopOffset()) {
      count = (int) Math.max(0, split.stopOffset() - batch.baseOffset());
      finish(split);
    }
    if (count > 0) {
      metrics.fetched(batch.records().get(count - 1));
    }
    return FetchedBatch.of(split.log(), split.splitId(), batch, count, takeFinished());
  }

  private void noticeEnd(String splitId) {
    reader
        .storedBytes(splitId)
        .ifPresent(stored -> metrics.endsAt(splitId, stored.endOffset(), stored::between));
  }

  /** Counts what is between the offset that was expected and where reading went on. */
  private void noticeTrimmed(Reading source, long offset) {
    long missing = Math.min(offset, source.split.stopOffset()) - source.next;
    if (missing > 0) {
      metrics.trimmed(missing);
      LOG.warn(
          "{} records of partition {} of log {} were trimmed before they were read: going on at"
              + " offset {}, not {}",
          missing,
          source.split.partition(),
          source.split.log(),
          offset,
          source.next);
    }
  }

  /**
   * Notices what comes without records: a new end of a partition, and a trim beyond the stop of a
   * split, which then has nothing left.
   */
  private void lookAround() {
    lastLookNanos = System.nanoTime();
    boolean mayJump = settings.readerOptions().onTrimmed() == ReaderOptions.OnTrimmed.EARLIEST;
    List<Reading> beyond = new ArrayList<>();
    for (Reading source : reading.values()) {
      String id = source.split.splitId();
      noticeEnd(id);
      if (mayJump && reader.position(id).orElse(0) >= source.split.stopOffset()) {
        beyond.add(source);
      }
    }
    for (Reading source : beyond) {
      noticeTrimmed(source, source.split.stopOffset());
      finish(source.split);
    }
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
    Predicate<String> isRead = reading::containsKey;
    splitsToPause.stream().map(RaftlessSplit::splitId).filter(isRead).forEach(reader::pause);
    splitsToResume.stream().map(RaftlessSplit::splitId).filter(isRead).forEach(reader::resume);
  }

  @Override
  public void close() {
    reader.close();
    opened.values().forEach(RaftlessLog::close);
    store.close();
  }
}
