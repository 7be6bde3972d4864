package io.raftless.connect.sink;

import io.raftless.connect.convert.LogFormat;
import io.raftless.connect.sink.TaskPartition.Buffered;
import io.raftless.connect.sink.TaskPartition.Report;
import io.raftless.log.LogId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sink of one task. Each method is what the method of that name of a {@code SinkTask} does.
 *
 * <p>All state is changed on the task's thread. Futures put what came of them into a queue, and it
 * is taken from there at three places: in {@code open} while it waits, at the END of {@code put},
 * and in {@code preCommit} while it waits. A partition begins to take records in the first two
 * only. *Because* of that, no record that was polled before a rewind is ever taken for one that was
 * polled after it.
 *
 * <p>Not thread-safe. Waits are real; what is due when is said by the clock.
 */
public final class SinkEngine {
  private static final Logger LOG = LoggerFactory.getLogger(SinkEngine.class);

  /** How soon to look again for what is under way. */
  private static final long SOON_MILLIS = 20;

  private final SinkSettings settings;
  private final KafkaTopics topics;
  private final SinkTaskContext context;
  private final LongSupplier clock;
  private final Intake intake;
  private final LogFormat format;
  private final OpenLogs logs;
  private final SinkMetrics metrics = new SinkMetrics();
  private final @Nullable ErrantRecordReporter reporter;
  private final Results results = new Results();
  private final Uploads uploads;
  private final Map<TopicPartition, TaskPartition> partitions = new LinkedHashMap<>();

  private final TaskMemory memory = new TaskMemory();
  private final Setbacks setbacks;
  private final Acquisition acquisition;
  private final Appends appends;
  private final Looks looks;

  /**
   * Makes an engine; nothing is opened yet.
   *
   * @param format closed with it
   * @param topics closed with it
   * @param clock milliseconds that only grow, from 0 on or later
   */
  public SinkEngine(
      SinkSettings settings,
      LogFormat format,
      KafkaTopics topics,
      SinkTaskContext context,
      LongSupplier clock) {
    this.settings = settings;
    this.topics = topics;
    this.context = context;
    this.clock = clock;
    this.format = format;
    this.intake = new Intake(format, settings.records());
    this.logs = new OpenLogs(settings.store(), settings.mapping(), topics);
    this.setbacks = new Setbacks(settings.patience(), context, clock, metrics, memory);
    this.acquisition = new Acquisition(settings.resume(), logs, topics, results, setbacks);
    this.appends = new Appends(settings.flush(), clock, results, metrics, setbacks);
    this.looks =
        new Looks(settings, topics, results, clock, setbacks, memory, acquisition, appends);
    this.uploads =
        new Uploads(
            settings.memory(),
            results,
            (partition, trouble) -> setbacks.failed(partition, trouble, "an upload"),
            metrics);
    this.reporter = reporterOf(context);
    metrics.register(context, logs::statistics);
  }

  private static @Nullable ErrantRecordReporter reporterOf(SinkTaskContext context) {
    try {
      return context.errantRecordReporter();
    } catch (LinkageError e) {
      LOG.info("this worker has no reporter of bad records: they fail the task");
      return null;
    }
  }

  /** What it counts. */
  public SinkMetrics metrics() {
    return metrics;
  }

  /** The state of a partition; empty if it is not assigned. */
  Optional<PartitionState> state(TopicPartition partition) {
    return Optional.ofNullable(partitions.get(partition)).map(TaskPartition::state);
  }

  // ---- open, close, stop

  /** Acquires partitions, and waits for it for open.timeout.ms; put goes on with the rest. */
  public void open(Collection<TopicPartition> opened) {
    close(opened);
    List<TaskPartition> mine = begin(opened);
    long patience = settings.patience().openTimeoutMillis();
    results.await(
        patience,
        () -> {
          looks.ask(partitions.values(), Set.of());
          openReady();
          return setbacks.isFatal()
              || mine.stream().noneMatch(p -> p.state() == PartitionState.ACQUIRING);
        });
    long pending = mine.stream().filter(p -> p.state() == PartitionState.ACQUIRING).count();
    if (pending > 0) {
      LOG.warn(
          "{} of {} partitions were not acquired within open.timeout.ms={}: they follow later",
          pending,
          mine.size(),
          patience);
    }
    askToWake();
  }

  private List<TaskPartition> begin(Collection<TopicPartition> ids) {
    List<TaskPartition> mine = new ArrayList<>();
    for (TopicPartition id : ids) {
      try {
        TaskPartition partition =
            new TaskPartition(
                id,
                settings.names().of(id),
                settings.mapping().target(id),
                new PartitionLifecycle(id, metrics));
        partitions.put(id, partition);
        mine.add(partition);
      } catch (ConfigException e) {
        setbacks.fail(new ConnectException(e.getMessage(), e));
      }
    }
    acquisition.acquire(mine);
    return mine;
  }

  /**
   * Opens what is assigned and was never opened: when a rebalance is interrupted (a connector is
   * paused or resumed just then), Connect does not say it again, and would poll for nobody.
   */
  private void adopt() {
    Set<TopicPartition> forgotten = new HashSet<>(context.assignment());
    forgotten.removeAll(partitions.keySet());
    if (!forgotten.isEmpty()) {
      LOG.warn("{} are assigned and were not opened: opening them now", forgotten);
      var unused = begin(forgotten);
    }
  }

  /** Forgets partitions, and what of them is not in the log. Never appends. */
  public void close(Collection<TopicPartition> closed) {
    for (TopicPartition id : closed) {
      TaskPartition partition = partitions.remove(id);
      if (partition != null) {
        setbacks.discard(partition);
        partition.lifecycle.become(PartitionState.CLOSED);
      }
    }
  }

  /** Closes everything. */
  public void stop() {
    close(List.copyOf(partitions.keySet()));
    topics.close();
    logs.close();
    format.close();
  }

  // ---- put

  /**
   * Takes records.
   *
   * @throws ConnectException if it is hopeless; the message says what to do
   */
  public void put(Collection<SinkRecord> records) {
    setbacks.throwIfFatal();
    long now = clock.getAsLong();
    for (TaskPartition partition : partitions.values()) {
      partition.hasRewound = true;
    }
    take(records, now);
    results.drain();
    openReady();
    adopt();
    acquireAgain();
    looks.ask(partitions.values(), Set.of());
    work(Set.of());
    watchMemory();
    setbacks.throwIfFatal();
    pauseWhatIsNotOpen();
    askToWake();
  }

  /**
   * Not in {@code open} already: *because* the poll that it is called in has begun, and goes on for
   * up to a flush interval of Connect's if nothing that is not paused has records. What comes
   * before a partition is acquired is dropped, and read again after its rewind.
   */
  private void pauseWhatIsNotOpen() {
    for (TaskPartition partition : partitions.values()) {
      if (partition.state() == PartitionState.ACQUIRING) {
        setbacks.pause(partition);
      }
    }
  }

  /** A consumer hands out its partitions one after the other: most are that of the one before. */
  private void take(Collection<SinkRecord> records, long now) {
    @Nullable TopicPartition id = null;
    @Nullable TaskPartition partition = null;
    for (SinkRecord record : records) {
      String topic = record.originalTopic();
      int number = record.originalKafkaPartition();
      if (id == null || id.partition() != number || !id.topic().equals(topic)) {
        id = new TopicPartition(topic, number);
        partition = partitions.get(id);
      }
      if (partition == null) {
        metrics.discarded.incrementAndGet();
      } else {
        take(partition, record, now);
      }
    }
  }

  private void take(TaskPartition partition, SinkRecord record, long now) {
    long offset = record.originalKafkaOffset();
    if (partition.consumerStart == TaskPartition.UNKNOWN) {
      partition.consumerStart = offset;
    }
    if (!partition.isActive() || partition.isCut) {
      // Read again after the rewind.
      metrics.discarded.incrementAndGet();
      return;
    }
    if (partition.next == TaskPartition.UNKNOWN) {
      partition.next = partition.consumerStart;
    }
    if (offset < partition.next) {
      metrics.duplicates.incrementAndGet();
      partition.isSuspicious = true;
      return;
    }
    if (offset > partition.next) {
      passOver(partition, offset);
    }
    Intake.Outcome outcome;
    try {
      outcome = intake.convert(record, partition.requireLog().settings().maxRecordBytes());
    } catch (RetriableException e) {
      // Not for Connect: it would deliver all of this again, to whoever has the partitions then.
      setbacks.again(partition, e, "converting the record at offset " + offset);
      return;
    }
    if (outcome instanceof Intake.Outcome.Take taken) {
      partition.buffer(new Buffered(offset, taken.record(), taken.bytes(), now));
      memory.bufferedBytes += taken.bytes();
    } else if (outcome instanceof Intake.Outcome.Bad bad) {
      report(partition, record, bad);
    } else {
      metrics.tombstonesSkipped.incrementAndGet();
    }
    partition.next = offset + 1;
  }

  private void passOver(TaskPartition partition, long to) {
    if (topics.isOn()) {
      partition.noteGap(to);
    }
    partition.next = to;
  }

  private void report(TaskPartition partition, SinkRecord record, Intake.Outcome.Bad bad) {
    if (reporter == null) {
      throw setbacks.fail(bad.why());
    }
    metrics.rejected.incrementAndGet();
    partition.reports.addLast(
        new Report(record.originalKafkaOffset(), reporter.report(record, bad.why())));
  }

  // ---- preCommit

  /**
   * Appends what there is and waits for it, for flush.timeout.ms at most.
   *
   * @param current what Connect has delivered, or left out
   * @return what is in the log, for people who look at the lag
   */
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    Set<TaskPartition> flushed = new HashSet<>();
    long now = clock.getAsLong();
    boolean isTimeToCheck = looks.isTimeToCheck();
    current.forEach(
        (id, offset) -> {
          TaskPartition partition = partitions.get(id);
          if (partition == null || !partition.isActive()) {
            return;
          }
          flushed.add(partition);
          partition.wantsCheck |= isTimeToCheck || partition.isSuspicious;
          boolean isKnown = partition.hasRewound && partition.next != TaskPartition.UNKNOWN;
          if (isKnown && !partition.isCut && offset.offset() > partition.next) {
            passOver(partition, offset.offset());
          }
        });
    results.await(
        settings.patience().flushTimeoutMillis(),
        () -> {
          looks.ask(partitions.values(), flushed);
          work(flushed);
          return setbacks.isFatal()
              || flushed.stream().allMatch(p -> isFlushed(p) || p.lookAgainAtMillis > now);
        });
    askToWake();
    Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    for (TaskPartition partition : flushed) {
      OffsetAndMetadata delivered = current.get(partition.id);
      if (partition.isActive() && delivered != null) {
        long next = partition.requireStored().nextOffset();
        if (next >= 0 && next <= delivered.offset()) {
          committed.put(partition.id, new OffsetAndMetadata(next));
        }
      }
    }
    return committed;
  }

  private static boolean isFlushed(TaskPartition partition) {
    return !partition.isActive()
        || (partition.buffer.isEmpty()
            && partition.chunks.isEmpty()
            && !partition.commitInFlight
            && (partition.next == TaskPartition.UNKNOWN
                || partition.requireStored().nextOffset() >= partition.next));
  }

  private void acquireAgain() {
    long now = clock.getAsLong();
    List<TaskPartition> due = new ArrayList<>();
    for (TaskPartition partition : partitions.values()) {
      boolean waits =
          partition.state() == PartitionState.LOST || partition.state() == PartitionState.FENCED;
      if (waits && partition.retryAtMillis <= now) {
        partition.lifecycle.become(PartitionState.ACQUIRING);
        due.add(partition);
      }
    }
    acquisition.acquire(due);
  }

  /** Begins to take records of partitions that are ready. In open and at the end of put only. */
  private void openReady() {
    for (TaskPartition partition : partitions.values()) {
      Decision ready = partition.ready;
      if (ready == null) {
        continue;
      }
      partition.ready = null;
      partition.hasRewound = false;
      if (ready instanceof Decision.GoOn goOn) {
        partition.next = goOn.offset();
        // Also if the consumer seems to be there already.
        context.offset(partition.id, goOn.offset());
        metrics.rewinds.incrementAndGet();
        LOG.info("{} goes on at offset {}, to {}", partition.id, goOn.offset(), partition.target);
      }
      partition.lifecycle.become(PartitionState.OPEN);
      if (memory.isFull) {
        partition.lifecycle.become(PartitionState.PAUSED);
      } else {
        context.resume(partition.id);
      }
    }
  }

  // ---- uploading and appending

  private void work(Set<TaskPartition> flushed) {
    for (TaskPartition partition : partitions.values()) {
      watchReports(partition);
    }
    while (uploads.hasRoom() && startUpload(flushed)) {
      // Until nothing is urgent, or enough is under way.
    }
    for (TaskPartition partition : List.copyOf(partitions.values())) {
      if (partition.isActive() && !partition.commitInFlight) {
        appends.append(partition, flushed.contains(partition) || partition.isCut);
      }
    }
    metrics.bufferedBytes.set(memory.bufferedBytes);
  }

  private void watchReports(TaskPartition partition) {
    Report first = partition.reports.peekFirst();
    while (first != null && first.future().isDone()) {
      try {
        first.future().get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (ExecutionException | CancellationException e) {
        setbacks.fail(
            new ConnectException(
                "the error reporter could not keep the record at offset "
                    + first.offset()
                    + " of "
                    + partition.id
                    + ": look at the dead letter queue and restart the task",
                e));
        return;
      }
      partition.reports.removeFirst();
      first = partition.reports.peekFirst();
    }
  }

  /** Begins one round, of the log that has most, among those that have a reason. */
  private boolean startUpload(Set<TaskPartition> flushed) {
    Map<LogId, List<TaskPartition>> urgent = new HashMap<>();
    Map<LogId, List<TaskPartition>> others = new HashMap<>();
    Map<LogId, Long> bytes = new HashMap<>();
    for (TaskPartition partition : partitions.values()) {
      if (!partition.isActive() || !partition.hasUploadable()) {
        continue;
      }
      LogId log = partition.target.log();
      bytes.merge(log, partition.bufferedBytes, Long::sum);
      // If the oldest is uploaded already, it can be appended without what is younger.
      boolean isUrgent =
          flushed.contains(partition)
              || partition.isCut
              || (partition.chunks.isEmpty() && appends.isDue(partition));
      (isUrgent ? urgent : others).computeIfAbsent(log, id -> new ArrayList<>()).add(partition);
    }
    boolean isShort = memory.isFull && memory.bufferedBytes >= settings.memory().bufferBytes() / 2;
    LogId chosen = null;
    long most = 0;
    for (Map.Entry<LogId, Long> entry : bytes.entrySet()) {
      boolean hasReason =
          isShort
              || entry.getValue() >= settings.memory().objectBytes()
              || urgent.containsKey(entry.getKey());
      if (hasReason && entry.getValue() > most) {
        chosen = entry.getKey();
        most = entry.getValue();
      }
    }
    if (chosen == null) {
      return false;
    }
    List<TaskPartition> from = new ArrayList<>(urgent.getOrDefault(chosen, List.of()));
    from.addAll(others.getOrDefault(chosen, List.of()));
    long taken = uploads.start(from.get(0).requireLog(), from);
    memory.bufferedBytes -= taken;
    return taken > 0;
  }

  // ---- memory

  private void watchMemory() {
    long used = memory.bufferedBytes + uploads.bytes();
    long limit = settings.memory().bufferBytes();
    if (!memory.isFull && used > limit) {
      memory.isFull = true;
      LOG.debug("{} bytes in memory: pausing", used);
      work(Set.of());
      for (TaskPartition partition : partitions.values()) {
        if (partition.state() == PartitionState.OPEN) {
          partition.lifecycle.become(PartitionState.PAUSED);
          setbacks.pause(partition);
        }
      }
    } else if (memory.isFull && used < limit / 2) {
      memory.isFull = false;
      for (TaskPartition partition : partitions.values()) {
        if (partition.state() == PartitionState.PAUSED) {
          partition.lifecycle.become(PartitionState.OPEN);
          if (!partition.isCut) {
            context.resume(partition.id);
          }
        }
      }
    }
  }

  /** Has put called as soon as there is something to do. */
  private void askToWake() {
    long now = clock.getAsLong();
    long wait = Long.MAX_VALUE;
    if (setbacks.isFatal() || !results.isEmpty()) {
      wait = 1;
    }
    if (uploads.inFlight() > 0 || looks.isInFlight()) {
      wait = Math.min(wait, SOON_MILLIS);
    }
    for (TaskPartition partition : partitions.values()) {
      wait = Math.min(wait, waitOf(partition, now));
    }
    if (wait != Long.MAX_VALUE) {
      context.timeout(Math.max(1, wait));
    }
  }

  private long waitOf(TaskPartition partition, long now) {
    return switch (partition.state()) {
      case ACQUIRING -> SOON_MILLIS;
      case OPEN, PAUSED -> {
        if (partition.commitInFlight || !partition.reports.isEmpty() || partition.isCut) {
          yield SOON_MILLIS;
        }
        yield partition.uncommittedRecords == 0
            ? Long.MAX_VALUE
            : Math.max(
                SOON_MILLIS, partition.oldestMillis() + settings.flush().lingerMillis() - now);
      }
      case FENCED, LOST -> partition.retryAtMillis - now;
      case CLOSED -> Long.MAX_VALUE;
    };
  }
}
