package io.raftless.connect.source;

import io.raftless.connect.convert.ConvertOptions;
import io.raftless.connect.convert.LogFormat;
import io.raftless.log.MultiLogReader;
import io.raftless.log.RaftlessException;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.StartAt;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task: reads its partitions and hands their records to Connect. Each partition begins (on
 * another thread, {@link Beginner}), is read, and begins again when the store failed, after a
 * while.
 *
 * <p>One thread polls; {@link #commitRecord}, {@link #commit} and {@link #stop} may be called from
 * others.
 *
 * <p>Memory: {@code buffer.bytes} of the reader, one batch that did not fit into a poll, and the
 * records of one poll.
 */
public final class SourceReading {
  private static final Logger LOG = LoggerFactory.getLogger(SourceReading.class);

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final long FIRST_WAIT_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MOST_DOUBLINGS = 5;
  private static final Duration LAST_CURSORS = Duration.ofSeconds(5);

  private final SourceConfig config;
  private final LongSupplier nanos;
  private final LogFormat format;
  private final Boundaries boundaries;
  private final int pollRecords;
  private final SourceMetrics metrics = new SourceMetrics();
  private final MultiLogReader<SourcePartition> reader;
  private final Beginner beginner;
  private final GroupProgress progress;
  private final InFlight inFlight;
  private final Map<SourcePartition, Reading> readings = new HashMap<>();

  /** Who waits for its next try, and until when. */
  private final Map<Reading, Long> waiting = new HashMap<>();

  /** What of a batch did not fit into the last poll; null if nothing. */
  private @Nullable Unread unread;

  private long measuredNanos;

  /** Guarded by this, like the others. */
  private boolean isPolling;

  private boolean isStopped;
  private boolean isClosed;

  /** A batch of which the first records were handed out already. */
  private static final class Unread {
    private final Reading reading;
    private final ReadBatch batch;
    private int from;

    Unread(Reading reading, ReadBatch batch) {
      this.reading = reading;
      this.batch = batch;
    }
  }

  /** What Connect gets at a time. */
  private static final class Poll {
    private final List<SourceRecord> records = new ArrayList<>();
    private final long mostBytes;
    private long bytes;

    Poll(long mostBytes) {
      this.mostBytes = mostBytes;
    }
  }

  private SourceReading(
      SourceConfig config,
      List<SourcePartition> share,
      SourceTaskContext context,
      StoreFactory stores,
      LongSupplier nanos) {
    this.config = config;
    this.nanos = nanos;
    this.format = ConvertOptions.format(config);
    this.boundaries =
        new Boundaries(
            context.transactionContext(), config.transactionUnit(), config.transactionRecords());
    this.pollRecords = boundaries.pollRecords(config.pollRecordsMax());
    this.reader =
        new MultiLogReader<>(
            // Trimmed records are skipped here and not by the reader, to count them.
            new ReaderOptions(config.bufferBytes(), 20, 1_000, ReaderOptions.OnTrimmed.FAIL));
    this.inFlight = new InFlight(config.inFlightBytes(), InFlight.PATIENCE);
    this.progress = new GroupProgress(config.commitsGroup(), config.groupCommitInterval(), nanos);
    this.beginner = new Beginner(stores::open, config.group(), reader::wakeUp);
    this.measuredNanos = nanos.getAsLong() - PATIENCE.toNanos();
    Map<SourcePartition, Long> stored = stored(context, share);
    for (SourcePartition partition : share) {
      Reading reading = new Reading(partition, maker(partition), stored.get(partition));
      readings.put(partition, reading);
      waiting.put(reading, nanos.getAsLong());
    }
    metrics.register(context, beginner::counts);
  }

  private RecordMaker maker(SourcePartition partition) {
    return new RecordMaker(
        format,
        partition,
        config.topicFormat().topic(partition.log()),
        config.keepsPartitions() ? partition.partition() : null);
  }

  private static Map<SourcePartition, Long> stored(
      SourceTaskContext context, List<SourcePartition> share) {
    Map<Map<String, Object>, SourcePartition> keys = new HashMap<>();
    share.forEach(partition -> keys.put(partition.toMap(), partition));
    Map<SourcePartition, Long> stored = new HashMap<>();
    context
        .offsetStorageReader()
        .offsets(keys.keySet())
        .forEach(
            (key, offset) -> {
              Long next = SourcePartition.next(offset);
              if (next != null) {
                stored.put(Objects.requireNonNull(keys.get(key)), next);
              }
            });
    return stored;
  }

  /**
   * Begins a task; the store is opened later, when it is polled.
   *
   * @param options that {@link SourceControl#taskConfigs} made
   * @param nanos a clock that never goes back
   * @throws ConnectException if the options are wrong, or Connect's offsets cannot be read
   */
  public static SourceReading begin(
      Map<String, String> options,
      SourceTaskContext context,
      Function<SourceConfig, StoreFactory> stores,
      LongSupplier nanos) {
    SourceConfig config = new SourceConfig(options);
    String text = options.get(TaskAssignment.OPTION);
    if (text == null) {
      throw new ConnectException(
          TaskAssignment.OPTION + " is not set: the connector sets it, do not start tasks alone");
    }
    try {
      List<SourcePartition> share = TaskAssignment.decode(config.prefix(), text);
      return new SourceReading(config, share, context, stores.apply(config), nanos);
    } catch (IllegalArgumentException e) {
      throw new ConnectException("the task cannot start: " + e.getMessage(), e);
    }
  }

  /**
   * The next records, in the order of their partitions; null if there were none for a second, or
   * the task was stopped.
   *
   * @throws DataException if a record cannot be converted
   * @throws RetriableException if a converter says that it may be later: poll again
   * @throws ConnectException if the task cannot go on; its message says what to do
   */
  public @Nullable List<SourceRecord> poll() throws InterruptedException {
    synchronized (this) {
      if (isStopped) {
        return null;
      }
      isPolling = true;
    }
    try {
      return pollOnce();
    } finally {
      boolean closes;
      synchronized (this) {
        isPolling = false;
        closes = isStopped;
      }
      if (closes) {
        close();
      }
    }
  }

  private @Nullable List<SourceRecord> pollOnce() throws InterruptedException {
    metrics.polled();
    if (!inFlight.awaitRoom(PATIENCE)) {
      return null; // Connect looks whether to pause or to stop, and comes again.
    }
    beginDue();
    takeBegun();
    Poll poll = new Poll(boundaries.areDefined() ? Long.MAX_VALUE : inFlight.pollBytes());
    List<Integer> batchEnds = new ArrayList<>();
    Duration patience = PATIENCE;
    while (mayHaveMore(poll)) {
      if (unread == null) {
        unread = nextBatch(patience, poll.records.isEmpty());
      }
      if (unread == null) {
        break;
      }
      patience = Duration.ZERO;
      if (!take(unread, poll)) {
        break;
      }
      batchEnds.add(poll.records.size());
    }
    boundaries.mark(poll.records, batchEnds);
    measure();
    return poll.records.isEmpty() ? null : poll.records;
  }

  private boolean mayHaveMore(Poll poll) {
    return poll.records.size() < pollRecords && poll.bytes < poll.mostBytes;
  }

  /**
   * Takes records of a batch.
   *
   * @return whether that was all of them
   */
  private boolean take(Unread batch, Poll poll) {
    boolean keepsBatch = boundaries.keepsBatches();
    int begin = batch.from;
    int inPoll = poll.records.size();
    long bytesBefore = poll.bytes;
    int size = batch.batch.records().size();
    try {
      while (batch.from < size && (keepsBatch || mayHaveMore(poll))) {
        var record = batch.batch.records().get(batch.from);
        poll.records.add(batch.reading.make(batch.batch.baseOffset() + batch.from, record));
        poll.bytes += Reading.bytes(record);
        batch.from++;
      }
    } catch (DataException | RetriableException e) {
      if (keepsBatch) {
        // Invariant: a transaction holds whole batches.
        poll.records.subList(inPoll, poll.records.size()).clear();
        poll.bytes = bytesBefore;
        batch.from = begin;
      }
      if (poll.records.isEmpty()) {
        throw e;
      }
      // What is before it goes to Kafka first; the next poll meets it again.
      read(batch.from - begin, poll.bytes - bytesBefore);
      return false;
    }
    read(batch.from - begin, poll.bytes - bytesBefore);
    if (batch.from == size) {
      unread = null;
      return true;
    }
    return false;
  }

  private void read(int records, long bytes) {
    metrics.read(records, bytes);
    inFlight.polled(records, bytes);
  }

  /**
   * The next batch that the reader has.
   *
   * @param mayFail whether nothing would be lost to this poll if the task failed now
   */
  private @Nullable Unread nextBatch(Duration patience, boolean mayFail)
      throws InterruptedException {
    Duration left = patience;
    while (true) {
      Optional<MultiLogReader.Polled<SourcePartition>> polled = reader.poll(left);
      if (polled.isEmpty()) {
        return null;
      }
      Reading reading = Objects.requireNonNull(readings.get(polled.get().key()));
      RuntimeException failure = polled.get().failure().orElse(null);
      if (failure == null) {
        ReadBatch batch = polled.get().batch();
        reading.moveTo(batch.nextOffset());
        reading.succeeded();
        return new Unread(reading, batch);
      }
      if (!mayFail) {
        // The reader tells it again.
        return null;
      }
      failed(reading, failure);
      left = Duration.ZERO;
    }
  }

  private void failed(Reading reading, RuntimeException failure) {
    SourcePartition partition = reading.partition();
    if (failure instanceof RaftlessException.OffsetTrimmed trimmed) {
      passTrimmed(reading, trimmed);
    } else if (failure instanceof RaftlessException.LogNotFound
        || failure instanceof RaftlessException.OtherIncarnation) {
      gone(reading, failure.getMessage(), failure);
    } else if (Beginner.isOfStore(failure)) {
      later(reading, failure);
      stopReading(reading);
    } else if (failure instanceof RaftlessException.OffsetBeyondEnd beyond) {
      throw new ConnectException(
          partition
              + " ends at "
              + beyond.endOffset()
              + ", and the offset to go on at is "
              + beyond.offset()
              + ": it was set wrong, or the log was restored from an older copy. Stop the connector,"
              + " and set or reset the offset of "
              + partition.toMap()
              + " with Connect's REST API",
          failure);
    } else {
      throw new ConnectException(
          "reading " + partition + " failed: " + failure.getMessage(), failure);
    }
  }

  private void passTrimmed(Reading reading, RaftlessException.OffsetTrimmed trimmed) {
    long next = reading.next();
    String what =
        "records "
            + next
            + " to "
            + (trimmed.startOffset() - 1)
            + " of "
            + reading.partition()
            + " were trimmed before they were read";
    if (!config.skipsTrimmed()) {
      throw new ConnectException(
          what
              + ": set "
              + SourceConfig.ON_TRIMMED
              + "=earliest to go on without them, or stop the connector and set the offset of "
              + reading.partition().toMap()
              + " to "
              + trimmed.startOffset()
              + " or later with Connect's REST API; and lengthen the log's retention",
          trimmed);
    }
    LOG.warn("{}: going on without them, at offset {}", what, trimmed.startOffset());
    metrics.trimmed(trimmed.startOffset() - next);
    reading.acknowledged().stretch(next, trimmed.startOffset());
    reading.moveTo(trimmed.startOffset());
    reader.seek(reading.partition(), StartAt.offset(trimmed.startOffset()));
  }

  private void gone(Reading reading, @Nullable String reason, @Nullable Throwable cause) {
    String what = reading.partition() + " is gone: " + reason;
    if (!config.ignoresRemoved()) {
      throw new ConnectException(
          what
              + ". Restart the connector and its tasks to go on with what there is now, or set "
              + SourceConfig.ON_REMOVED
              + "=ignore",
          cause);
    }
    LOG.warn("{}; it is not read any more", what);
    stopReading(reading);
    progress.forget(reading.partition());
  }

  private void stopReading(Reading reading) {
    reader.unassign(reading.partition());
    reading.read(false);
  }

  private void later(Reading reading, RuntimeException failure) {
    metrics.storeFailed();
    long now = nanos.getAsLong();
    int times = reading.failed(now);
    long failing = reading.failingNanos(now);
    if (failing >= config.retryTimeout().toNanos()) {
      throw new ConnectException(
          "the store has failed for "
              + Duration.ofNanos(failing).toSeconds()
              + " s, the last time for "
              + reading.partition()
              + ": see the store, then restart the task, or raise "
              + SourceConfig.RETRY_TIMEOUT_MS
              + ": "
              + failure.getMessage(),
          failure);
    }
    long wait = FIRST_WAIT_NANOS << Math.min(times - 1, MOST_DOUBLINGS);
    LOG.warn(
        "{} cannot be read now, for the {}th time in a row; again in {} s",
        reading.partition(),
        times,
        Duration.ofNanos(wait).toSeconds(),
        failure);
    waiting.put(reading, now + wait);
  }

  private void beginDue() {
    long now = nanos.getAsLong();
    List<Beginner.Request> due = new ArrayList<>();
    waiting
        .entrySet()
        .removeIf(
            entry -> {
              boolean isDue = entry.getValue() - now <= 0;
              if (isDue) {
                Reading reading = entry.getKey();
                due.add(new Beginner.Request(reading.partition(), reading.resume()));
              }
              return isDue;
            });
    if (!due.isEmpty()) {
      beginner.begin(due);
    }
  }

  private void takeBegun() {
    Beginner.Outcome outcome = beginner.next();
    while (outcome != null) {
      Reading reading = Objects.requireNonNull(readings.get(outcome.partition()));
      if (outcome instanceof Beginner.Begun begun) {
        take(reading, begun);
      } else if (outcome instanceof Beginner.Gone gone) {
        gone(reading, gone.reason(), null);
      } else if (outcome instanceof Beginner.Failed failed) {
        if (Beginner.isOfStore(failed.failure())) {
          later(reading, failed.failure());
        } else {
          failed(reading, failed.failure());
        }
      }
      outcome = beginner.next();
    }
  }

  private void take(Reading reading, Beginner.Begun begun) {
    SourcePartition partition = reading.partition();
    if (!reading.hasBegun()) {
      reading.acknowledgedUpTo(begun.offset());
      progress.follow(partition, reading.acknowledged(), begun.group(), begun.generation());
      LOG.info("{} is read from offset {}", partition, begun.offset());
    }
    reading.moveTo(begun.offset());
    reading.began(nanos.getAsLong());
    reader.assign(partition, begun.log(), partition.partition(), StartAt.offset(begun.offset()));
    reading.read(true);
  }

  private void measure() {
    long now = nanos.getAsLong();
    if (now - measuredNanos < PATIENCE.toNanos()) {
      return;
    }
    measuredNanos = now;
    long lag = 0;
    long read = 0;
    for (Reading reading : readings.values()) {
      if (reading.isRead()) {
        read++;
        lag += reader.lag(reading.partition()).orElse(0);
      }
    }
    Unread left = unread;
    if (left != null) {
      lag += left.batch.records().size() - left.from;
    }
    metrics.now(lag, read);
  }

  /**
   * Kafka has a record, or it was dropped on purpose.
   *
   * @param record that {@link #poll} returned, and no other: Connect gives back the very same one,
   *     whatever transformations made of it
   * @throws IllegalArgumentException if it is another
   */
  public void commitRecord(SourceRecord record) {
    if (!(record instanceof PolledRecord polled)) {
      // Its values are nobody's business.
      throw new IllegalArgumentException(
          "a record that no poll returned, of "
              + record.sourcePartition()
              + " at "
              + record.sourceOffset()
              + ": Connect is to give back those that it got. Nothing is lost, but the group's cursor"
              + " stays behind; report it with the versions of Connect and of its plugins");
    }
    inFlight.acknowledged();
    polled.acknowledge();
  }

  /** Moves the group's cursors, if it is time to. Does not wait, and does not fail. */
  public void commit() {
    progress.publish();
  }

  /** Ends a poll under way, and everything after it. May be called again. */
  public void stop() {
    boolean closes;
    synchronized (this) {
      isStopped = true;
      closes = !isPolling;
    }
    reader.wakeUp();
    inFlight.stop();
    if (closes) {
      close();
    }
  }

  private void close() {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
    }
    progress.finish(LAST_CURSORS);
    reader.close();
    beginner.close();
    format.close();
  }
}
