package io.raftless.connect.sink;

import io.raftless.connect.convert.LogFormat;
import io.raftless.connect.sink.TaskPartition.Buffered;
import io.raftless.connect.sink.TaskPartition.Chunk;
import io.raftless.connect.sink.TaskPartition.Gap;
import io.raftless.connect.sink.TaskPartition.Report;
import io.raftless.format.FormatException;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.log.WriterClaim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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

  /** Without trouble for this long, trouble is new. */
  private static final long QUIET_MILLIS = 300_000;

  /** How often all topics are looked at. */
  private static final long CHECK_MILLIS = 60_000;

  private static final int MAX_DOUBLINGS = 20;
  private static final int MOST_HOLDERS = 10_000;

  private record Claimed(RaftlessLog log, WriterClaim claim) {}

  private record Acquired(RaftlessLog log, WriterClaim claim, Optional<String> refusal) {}

  private record Asked(TaskPartition partition, int tenure) {}

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

  /** What this task has acquired with, as far back as it may still meet itself. */
  private final Set<String> ownHolders =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > MOST_HOLDERS;
            }
          });

  /** In buffers, over all partitions. */
  private long bufferedBytes;

  private boolean isMemoryFull;
  private boolean isLookInFlight;
  private int lookFailures;
  private long lookFailingSince = TaskPartition.UNKNOWN;
  private long lookAgainAt;
  private long lastCheckMillis;

  /** Ends the task with the next {@code put}. */
  private @Nullable ConnectException fatal;

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
    this.uploads =
        new Uploads(
            settings.memory(),
            results,
            (partition, trouble) -> failed(partition, trouble, "an upload"),
            metrics);
    this.reporter = reporterOf(context);
    this.lastCheckMillis = clock.getAsLong();
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
          askKafka(Set.of());
          openReady();
          return fatal != null
              || mine.stream().noneMatch(p -> p.state() == PartitionState.ACQUIRING);
        });
    long pending = mine.stream().filter(p -> p.state() == PartitionState.ACQUIRING).count();
    if (pending > 0) {
      LOG.warn(
          "{} of {} partitions were not acquired within open.timeout.ms={}: they stay paused, and"
              + " follow later",
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
        fail(new ConnectException(e.getMessage(), e));
      }
      context.pause(id);
    }
    acquire(mine);
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
        discard(partition);
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
    throwIfFatal();
    long now = clock.getAsLong();
    for (TaskPartition partition : partitions.values()) {
      partition.hasRewound = true;
    }
    for (SinkRecord record : records) {
      take(record, now);
    }
    results.drain();
    openReady();
    adopt();
    acquireAgain();
    askKafka(Set.of());
    work(Set.of());
    watchMemory();
    throwIfFatal();
    askToWake();
  }

  private void take(SinkRecord record, long now) {
    TopicPartition id = new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
    TaskPartition partition = partitions.get(id);
    if (partition == null) {
      metrics.discarded.incrementAndGet();
      return;
    }
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
      again(partition, e, "converting the record at offset " + offset);
      return;
    }
    if (outcome instanceof Intake.Outcome.Take taken) {
      partition.buffer(new Buffered(offset, taken.record(), taken.bytes(), now));
      bufferedBytes += taken.bytes();
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
      throw fail(bad.why());
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
    boolean isTimeToCheck = now - lastCheckMillis >= CHECK_MILLIS;
    if (isTimeToCheck) {
      lastCheckMillis = now;
    }
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
          askKafka(flushed);
          work(flushed);
          return fatal != null
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

  // ---- acquiring

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
    acquire(due);
  }

  private void acquire(List<TaskPartition> mine) {
    Map<LogId, TaskPartition> highest = new HashMap<>();
    for (TaskPartition partition : mine) {
      highest.merge(
          partition.target.log(),
          partition,
          (one, other) -> one.target.partition() < other.target.partition() ? other : one);
    }
    Map<LogId, CompletableFuture<RaftlessLog>> opening = new HashMap<>();
    highest.forEach(
        (id, last) -> opening.put(id, logs.log(id, last.target.partition(), last.id.topic())));
    Function<LogId, CompletableFuture<RaftlessLog>> opened =
        id -> Objects.requireNonNull(opening.get(id), "a log that was not opened");
    Map<TaskPartition, CompletableFuture<WriterClaim>> claims = new LinkedHashMap<>();
    for (TaskPartition partition : mine) {
      String holder = partition.holder == null ? UUID.randomUUID().toString() : partition.holder;
      partition.holder = holder;
      ownHolders.add(holder);
      claims.put(
          partition,
          opened
              .apply(partition.target.log())
              .thenCompose(
                  log -> log.acquire(partition.target.partition(), partition.writerId, holder)));
    }
    // Not before they are all acquired: who acquires later is to see us, or we him.
    PinGuard guard =
        new PinGuard(
            id ->
                settled(claims, id)
                    .thenCompose(settled -> opened.apply(id))
                    .thenCompose(RaftlessLog::describe));
    claims.forEach(
        (partition, claim) -> {
          int tenure = partition.tenure;
          results.begin(
              () ->
                  opened
                      .apply(partition.target.log())
                      .thenCombine(claim, Claimed::new)
                      .thenCompose(claimed -> guarded(partition, claimed, guard)),
              (acquired, trouble) -> onAcquired(partition, tenure, acquired, trouble));
        });
  }

  /** Completes when the acquires in a log are over, well or not. */
  private static CompletableFuture<Void> settled(
      Map<TaskPartition, CompletableFuture<WriterClaim>> claims, LogId log) {
    return CompletableFuture.allOf(
        claims.entrySet().stream()
            .filter(entry -> entry.getKey().target.log().equals(log))
            .map(entry -> entry.getValue().handle((claim, trouble) -> claim))
            .toArray(CompletableFuture<?>[]::new));
  }

  private static CompletableFuture<Acquired> guarded(
      TaskPartition partition, Claimed claimed, PinGuard guard) {
    return guard
        .refusal(partition.writerId, partition.target, claimed.claim().position())
        .thenApply(refusal -> new Acquired(claimed.log(), claimed.claim(), refusal));
  }

  private void onAcquired(
      TaskPartition partition,
      int tenure,
      @Nullable Acquired acquired,
      @Nullable Throwable trouble) {
    if (!partition.is(tenure)) {
      return;
    }
    if (acquired == null) {
      String holder = partition.holder;
      failed(partition, reason(trouble), "an acquire");
      if (partition.state() == PartitionState.LOST) {
        partition.holder = holder;
      }
      return;
    }
    if (acquired.refusal().isPresent()) {
      lose(partition, "it is pinned");
      fail(new ConnectException(acquired.refusal().get()));
      return;
    }
    partition.log = acquired.log();
    partition.claim = acquired.claim();
    partition.holder = null;
    partition.storedJson = acquired.claim().position();
    if (topics.isOn()) {
      partition.awaitsView = true;
    } else {
      decide(partition, null);
    }
  }

  private void decide(TaskPartition partition, @Nullable BrokerView view) {
    partition.awaitsView = false;
    String json = partition.storedJson;
    StoredPosition stored;
    try {
      stored = json == null ? null : StoredPosition.decode(json);
    } catch (FormatException e) {
      lose(partition, "its stored position cannot be read");
      fail(
          new ConnectException(
              partition.id + " has a stored position that cannot be read: " + json, e));
      return;
    }
    Decision decision = Resume.decide(partition.id, stored, view, settings.resume());
    if (decision instanceof Decision.FollowConsumer follow
        && partition.consumerStart != TaskPartition.UNKNOWN) {
      decision = follow.at(partition.consumerStart);
    }
    if (decision instanceof Decision.Fail hopeless) {
      lose(partition, "it cannot go on");
      fail(new ConnectException(hopeless.message()));
    } else if (decision instanceof Decision.FollowConsumer follow) {
      partition.stored = follow.before();
      partition.ready = follow;
    } else if (decision instanceof Decision.GoOn goOn) {
      partition.stored = goOn.position();
      if (goOn.position().equals(stored)) {
        partition.ready = goOn;
      } else {
        storeFirst(partition, goOn);
      }
    }
  }

  /** What the position says is not to be forgotten, whatever happens next. */
  private void storeFirst(TaskPartition partition, Decision.GoOn goOn) {
    int tenure = partition.tenure;
    String json = goOn.position().encode();
    results.begin(
        () ->
            partition
                .requireLog()
                .storePosition(partition.requireClaim(), partition.storedJson, json),
        (done, trouble) -> {
          if (!partition.is(tenure)) {
            return;
          }
          if (trouble != null) {
            failed(partition, trouble, "storing its position");
            return;
          }
          partition.storedJson = json;
          partition.ready = goOn;
        });
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
      if (isMemoryFull) {
        partition.lifecycle.become(PartitionState.PAUSED);
      } else {
        context.resume(partition.id);
      }
    }
  }

  // ---- looking at Kafka

  /** One request at a time, for all that want one. */
  private void askKafka(Set<TaskPartition> flushed) {
    long now = clock.getAsLong();
    if (!topics.isOn() || isLookInFlight || now < lookAgainAt) {
      return;
    }
    List<Asked> asked = new ArrayList<>();
    Set<TopicPartition> ids = new HashSet<>();
    boolean isPlenty = bufferedBytes >= settings.memory().objectBytes();
    for (TaskPartition partition : partitions.values()) {
      boolean judges =
          partition.gap != null && (isPlenty || flushed.contains(partition) || isDue(partition));
      boolean isAsking =
          judges || partition.awaitsView || (partition.isActive() && partition.wantsCheck);
      if (!isAsking || now < partition.lookAgainAtMillis) {
        continue;
      }
      partition.isGapAsked = partition.gap != null;
      partition.nextAtLook = partition.next;
      partition.wantsCheck = false;
      partition.isSuspicious = false;
      asked.add(new Asked(partition, partition.tenure));
      ids.add(partition.id);
    }
    if (ids.isEmpty()) {
      return;
    }
    isLookInFlight = true;
    results.begin(() -> topics.look(ids), (views, trouble) -> onLook(asked, views, trouble));
  }

  private void onLook(
      List<Asked> asked,
      @Nullable Map<TopicPartition, BrokerView> views,
      @Nullable Throwable trouble) {
    isLookInFlight = false;
    long now = clock.getAsLong();
    for (Asked one : asked) {
      TaskPartition partition = one.partition();
      BrokerView view = views == null ? null : views.get(partition.id);
      if (!partition.is(one.tenure())) {
        continue;
      }
      if (view == null) {
        partition.gapIsUndecided();
        partition.wantsCheck |= partition.isActive();
        if (views != null) {
          // Its own affair: without a leader, or deleted. The others are not to wait for it.
          partition.lookAgainAtMillis = now + backoff(++partition.lookFailures);
          LOG.warn("Kafka did not say where {} is, asking again later", partition.id);
        }
        continue;
      }
      partition.lookFailures = 0;
      if (partition.awaitsView) {
        decide(partition, view);
      } else if (partition.isActive()) {
        judge(partition, view);
      }
    }
    if (views != null) {
      lookFailures = 0;
      lookFailingSince = TaskPartition.UNKNOWN;
      return;
    }
    if (lookFailingSince == TaskPartition.UNKNOWN) {
      lookFailingSince = now;
    }
    lookAgainAt = now + backoff(++lookFailures);
    LOG.warn("Kafka did not say where {} partitions are, asking again", asked.size(), trouble);
    if (isTooLong(lookFailingSince, now)) {
      fail(
          new ConnectException(
              "Kafka cannot be asked about topics, for longer than retry.timeout.ms="
                  + settings.patience().retryTimeoutMillis()
                  + ": look at kafka.bootstrap.servers and kafka.admin.*, or set topic.checks=off",
              trouble));
    }
  }

  private void judge(TaskPartition partition, BrokerView view) {
    StoredPosition stored = partition.requireStored();
    if (Resume.isRecreated(stored, view) || view.latest() < partition.nextAtLook) {
      lose(partition, "its topic is not what it was");
      return;
    }
    if (stored.topicId() == null && view.topicId() != null) {
      partition.stored = new StoredPosition(stored.nextOffset(), view.topicId(), stored.markers());
    }
    Gap gap = partition.gap;
    if (!partition.isGapAsked || gap == null) {
      return;
    }
    GapCheck.Verdict verdict =
        GapCheck.judge(
            partition.id,
            partition.requireStored().withNext(gap.from()),
            gap.seen(),
            view,
            settings.resume());
    if (verdict instanceof GapCheck.Verdict.Ordinary) {
      partition.gapIsOrdinary();
      return;
    }
    if (view.earliest() > gap.seen()) {
      keepWhatCameBehind(partition, gap, view);
      return;
    }
    if (view.earliest() > gap.from()) {
      // What came before it is good: append that, and decide where to go on from there.
      LOG.warn("{}: records at {} to {} are gone from Kafka", partition.id, gap.from(), gap.seen());
      bufferedBytes -= partition.cutAt(gap);
      pause(partition);
      return;
    }
    lose(partition, "its topic is not what it was");
  }

  /**
   * Kafka has deleted the gap and the record behind it since that was read. Nobody can tell any
   * more whether there was anything in the gap; but what is buffered behind it is nowhere else. So
   * it is appended, whatever the policy, and the marker says that something may be missing.
   */
  private void keepWhatCameBehind(TaskPartition partition, Gap gap, BrokerView view) {
    if (partition.commitInFlight) {
      // The position that it stores has no marker, and would replace the one that has.
      partition.gapIsUndecided();
      return;
    }
    LOG.warn(
        "{}: Kafka has deleted offsets {} to {} since they were read over; records may be missing"
            + " there. What was read behind them is written, with a marker in the position",
        partition.id,
        gap.from(),
        gap.seen());
    StoredPosition stored = partition.requireStored();
    partition.stored =
        stored
            .withNext(gap.from())
            .movedTo(gap.seen(), view.topicId(), StoredPosition.Kind.OFFSETS_LOST)
            .withNext(stored.nextOffset());
    partition.gapIsOrdinary();
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
        append(partition, flushed.contains(partition) || partition.isCut);
      }
    }
    metrics.bufferedBytes.set(bufferedBytes);
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
        fail(
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

  private boolean isDue(TaskPartition partition) {
    SinkSettings.Flush flush = settings.flush();
    return partition.uncommittedRecords > 0
        && (partition.uncommittedBytes >= flush.bytes()
            || partition.uncommittedRecords >= flush.records()
            || clock.getAsLong() - partition.oldestMillis() >= flush.lingerMillis());
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
              || (partition.chunks.isEmpty() && isDue(partition));
      (isUrgent ? urgent : others).computeIfAbsent(log, id -> new ArrayList<>()).add(partition);
    }
    boolean isShort = isMemoryFull && bufferedBytes >= settings.memory().bufferBytes() / 2;
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
    bufferedBytes -= taken;
    return taken > 0;
  }

  private void append(TaskPartition partition, boolean isFlushed) {
    List<Chunk> prefix = partition.committable();
    if (!prefix.isEmpty()) {
      boolean isTime =
          isFlushed ? !partition.hasUploadable() && !partition.hasUploading() : isDue(partition);
      if (isTime) {
        appendChunks(partition, prefix);
      }
      return;
    }
    if (!isFlushed || partition.hasUploadable() || !partition.chunks.isEmpty()) {
      return;
    }
    long next = partition.nextAfter(0);
    if (next > partition.requireStored().nextOffset()) {
      storePosition(partition, partition.requireStored().withNext(next));
    } else if (partition.isCut && partition.reports.isEmpty()) {
      lose(partition, "records are gone from Kafka");
    }
  }

  private void appendChunks(TaskPartition partition, List<Chunk> prefix) {
    List<StagedBatch> batches = new ArrayList<>();
    long bytes = 0;
    int records = 0;
    for (Chunk chunk : prefix) {
      List<StagedBatch> staged = chunk.staged;
      if (staged == null) {
        throw new IllegalStateException(partition.id + " appends what is not uploaded");
      }
      batches.addAll(staged);
      bytes += chunk.bytes;
      records += chunk.records;
    }
    StoredPosition position =
        partition.requireStored().withNext(partition.nextAfter(prefix.size()));
    String json = position.encode();
    long appendedBytes = bytes;
    int appendedRecords = records;
    write(
        partition,
        () ->
            partition
                .requireLog()
                .commit(partition.target.partition(), batches, partition.requireClaim(), json),
        position,
        json,
        "an append",
        () -> {
          partition.committed(prefix.size());
          metrics.appends.incrementAndGet();
          metrics.records.addAndGet(appendedRecords);
          metrics.bytes.addAndGet(appendedBytes);
        });
  }

  private void storePosition(TaskPartition partition, StoredPosition position) {
    String json = position.encode();
    write(
        partition,
        () ->
            partition
                .requireLog()
                .storePosition(partition.requireClaim(), partition.storedJson, json),
        position,
        json,
        "storing its position",
        () -> {});
  }

  private <T> void write(
      TaskPartition partition,
      Results.Start<T> writing,
      StoredPosition position,
      String json,
      String what,
      Runnable done) {
    int tenure = partition.tenure;
    long started = System.nanoTime();
    partition.commitInFlight = true;
    metrics.appendsInFlight.incrementAndGet();
    results.begin(
        writing,
        (result, trouble) -> {
          metrics.appendsInFlight.decrementAndGet();
          metrics.lastAppendMillis.set(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
          if (!partition.is(tenure)) {
            return;
          }
          partition.commitInFlight = false;
          if (trouble != null) {
            failed(partition, trouble, what);
            return;
          }
          partition.stored = position;
          partition.storedJson = json;
          partition.failures = 0;
          partition.failingSinceMillis = TaskPartition.UNKNOWN;
          done.run();
        });
  }

  // ---- memory

  private void watchMemory() {
    long used = bufferedBytes + uploads.bytes();
    long limit = settings.memory().bufferBytes();
    if (!isMemoryFull && used > limit) {
      isMemoryFull = true;
      LOG.debug("{} bytes in memory: pausing", used);
      work(Set.of());
      for (TaskPartition partition : partitions.values()) {
        if (partition.state() == PartitionState.OPEN) {
          partition.lifecycle.become(PartitionState.PAUSED);
          pause(partition);
        }
      }
    } else if (isMemoryFull && used < limit / 2) {
      isMemoryFull = false;
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

  private void pause(TaskPartition partition) {
    if (context.assignment().contains(partition.id)) {
      context.pause(partition.id);
    }
  }

  // ---- trouble

  private static Throwable reason(@Nullable Throwable trouble) {
    return trouble == null ? new IllegalStateException("neither a result nor a reason") : trouble;
  }

  /** Decides what becomes of a partition of which something failed. */
  private void failed(TaskPartition partition, Throwable thrown, String what) {
    Trouble trouble = Trouble.of(thrown);
    switch (trouble.kind()) {
      case FENCED -> fenced(partition, trouble.cause());
      case AGAIN -> again(partition, trouble.cause(), what);
      case LOG_FENCED -> {
        LOG.warn("the log of {} is fenced, trying again later: {}", partition.id, what);
        lose(partition, "its log is fenced");
        partition.retryAtMillis = clock.getAsLong() + settings.patience().retryBackoffMaxMillis();
      }
      case HOPELESS -> {
        lose(partition, what + " failed");
        fail(
            new ConnectException(
                what
                    + " for "
                    + partition.id
                    + " ("
                    + partition.target
                    + ") failed, and would again: "
                    + trouble.cause().getMessage()
                    + advice(trouble.cause()),
                trouble.cause()));
      }
    }
  }

  private static String advice(Throwable cause) {
    if (cause instanceof RaftlessException.LogNotFound
        || cause instanceof RaftlessException.OtherIncarnation) {
      return ". If the log was deleted on purpose, restart the task: it begins anew in the new log,"
          + " where start.position says";
    }
    if (cause instanceof RaftlessException.Refused) {
      return ". Make room, then restart the task";
    }
    return "";
  }

  private void fenced(TaskPartition partition, Throwable cause) {
    RaftlessException.WriterFenced by =
        cause instanceof RaftlessException.WriterFenced fence ? fence : null;
    String holder = by == null ? "unknown" : by.holder().orElse("none");
    // An acquire of before a close can arrive after the one of the next open: nobody else is there.
    boolean isOurs = ownHolders.contains(holder);
    long wait =
        isOurs ? settings.patience().retryBackoffMillis() : settings.patience().fencedRetryMillis();
    LOG.warn(
        "{} was acquired by {} (holder {}, epoch {}): what was buffered is dropped, and it is"
            + " acquired again in {} ms if it is still assigned. If this goes on, two connectors"
            + " have the same sink.id",
        partition.id,
        isOurs ? "this task before" : "somebody else",
        holder,
        by == null ? "unknown" : by.epoch(),
        wait);
    metrics.fences.incrementAndGet();
    discard(partition);
    partition.lifecycle.become(PartitionState.FENCED);
    partition.retryAtMillis = clock.getAsLong() + wait;
    pause(partition);
  }

  private void again(TaskPartition partition, Throwable cause, String what) {
    long now = clock.getAsLong();
    if (partition.lastFailureMillis != TaskPartition.UNKNOWN
        && now - partition.lastFailureMillis > QUIET_MILLIS) {
      partition.failures = 0;
      partition.failingSinceMillis = TaskPartition.UNKNOWN;
    }
    if (partition.failingSinceMillis == TaskPartition.UNKNOWN) {
      partition.failingSinceMillis = now;
    }
    partition.lastFailureMillis = now;
    long wait = backoff(++partition.failures);
    LOG.warn(
        "{} of {} failed, acquiring it again in {} ms: {}",
        what,
        partition.id,
        wait,
        cause.toString());
    LOG.debug("{} of {} failed", what, partition.id, cause);
    lose(partition, what + " failed");
    partition.retryAtMillis = now + wait;
    if (isTooLong(partition.failingSinceMillis, now)) {
      fail(
          new ConnectException(
              what
                  + " of "
                  + partition.id
                  + " ("
                  + partition.target
                  + ") fails for longer than retry.timeout.ms="
                  + settings.patience().retryTimeoutMillis()
                  + ": repair the store, then restart the task. The last reason: "
                  + cause.getMessage(),
              cause));
    }
  }

  private boolean isTooLong(long since, long now) {
    long limit = settings.patience().retryTimeoutMillis();
    return limit != SinkSettings.Patience.FOR_EVER && now - since > limit;
  }

  private long backoff(int failures) {
    SinkSettings.Patience patience = settings.patience();
    long wait = patience.retryBackoffMillis() << Math.min(failures - 1, MAX_DOUBLINGS);
    return Math.min(patience.retryBackoffMaxMillis(), wait);
  }

  /** Drops what is not in the log; acquired again at once, if nobody says later. */
  private void lose(TaskPartition partition, String why) {
    LOG.debug("{} is lost: {}", partition.id, why);
    metrics.losses.incrementAndGet();
    discard(partition);
    partition.lifecycle.become(PartitionState.LOST);
    partition.retryAtMillis = clock.getAsLong();
    pause(partition);
  }

  private void discard(TaskPartition partition) {
    bufferedBytes -= partition.bufferedBytes;
    metrics.discarded.addAndGet(partition.discard());
    partition.holder = null;
  }

  private ConnectException fail(ConnectException why) {
    if (fatal == null) {
      LOG.error("the task fails: {}", why.getMessage());
      fatal = why;
    }
    return fatal;
  }

  private void throwIfFatal() {
    if (fatal != null) {
      throw fatal;
    }
  }

  /** Has put called as soon as there is something to do. */
  private void askToWake() {
    long now = clock.getAsLong();
    long wait = Long.MAX_VALUE;
    if (fatal != null || !results.isEmpty()) {
      wait = 1;
    }
    if (uploads.inFlight() > 0 || isLookInFlight) {
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
