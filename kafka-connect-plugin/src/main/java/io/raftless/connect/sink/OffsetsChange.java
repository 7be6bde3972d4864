package io.raftless.connect.sink;

import io.raftless.head.LogState;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogDescription;
import io.raftless.log.LogDescription.PartitionDescription;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.LogSummary;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alters or resets the positions of topic-partitions: what Connect's REST interface does with the
 * offsets of a connector that is stopped. Everything is looked at before anything is written. Then
 * each writer id is acquired anew, which fences whoever still writes under it, and its position is
 * stored, unless it is the wanted one already. So it can be repeated.
 */
public final class OffsetsChange {
  private static final Logger LOG = LoggerFactory.getLogger(OffsetsChange.class);

  /** Connect gives the request up after 90 s. */
  private static final Duration TIME_LIMIT = Duration.ofSeconds(85);

  private static final int LOGS_AT_A_TIME = 16;
  private static final int HEADS_AT_A_TIME = 64;

  private final SinkSettings settings;
  private final StoreFactory store;
  private final ConfiguredTopics topics;
  private final String consumerGroup;
  private final Supplier<KafkaTopics> kafka;
  private final Duration timeLimit;
  private final Semaphore heads = new Semaphore(HEADS_AT_A_TIME);
  private final AtomicInteger done = new AtomicInteger();

  /** What is to become of one writer id in one head. */
  private record Change(
      LogTarget target, String writerId, long nextOffset, @Nullable String topicId) {
    boolean isReset() {
      return nextOffset == StoredPosition.START_ANEW;
    }
  }

  private OffsetsChange(
      SinkSettings settings,
      StoreFactory store,
      ConfiguredTopics topics,
      String consumerGroup,
      Supplier<KafkaTopics> kafka,
      Duration timeLimit) {
    this.settings = settings;
    this.store = store;
    this.topics = topics;
    this.consumerGroup = consumerGroup;
    this.kafka = kafka;
    this.timeLimit = timeLimit;
  }

  /** With the store and the Kafka that options name. */
  public static OffsetsChange of(Map<String, String> options) {
    return of(options, SinkSettings::store, SinkConfig::newKafkaTopics, TIME_LIMIT);
  }

  static OffsetsChange of(
      Map<String, String> options,
      Function<SinkSettings, StoreFactory> stores,
      Function<SinkConfig, KafkaTopics> kafka,
      Duration timeLimit) {
    SinkConfig config = new SinkConfig(options);
    SinkSettings settings = config.toSettings();
    return new OffsetsChange(
        settings,
        stores.apply(settings),
        ConfiguredTopics.of(options),
        config.consumerGroup(),
        () -> kafka.apply(config),
        timeLimit);
  }

  /**
   * Does it, and waits until it is done.
   *
   * @param offsets by topic-partition; null resets. Empty, or nulls for all that the consumer group
   *     has offsets of (as far as Kafka may be asked): every writer id of the sink is reset, in all
   *     logs that its options can reach
   * @throws ConnectException that says what is wrong, or how much is done and that it can be
   *     repeated
   */
  public void apply(Map<TopicPartition, Long> offsets) {
    long deadlineNanos = System.nanoTime() + timeLimit.toNanos();
    AtomicInteger all = new AtomicInteger(-1);
    ExecutorService threads =
        Executors.newFixedThreadPool(
            LOGS_AT_A_TIME,
            task -> {
              Thread thread = new Thread(task, "raftless-offsets");
              thread.setDaemon(true);
              thread.setContextClassLoader(OffsetsChange.class.getClassLoader());
              return thread;
            });
    try {
      CompletableFuture<Void> work =
          CompletableFuture.runAsync(() -> apply(offsets, threads, deadlineNanos, all), threads);
      work.get(timeLimit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw tooLate(all.get(), e);
    } catch (ExecutionException e) {
      Throwable reason = unwrapped(e);
      if (reason instanceof TimeoutException late) {
        throw tooLate(all.get(), late);
      }
      if (reason instanceof ConnectException told) {
        throw told;
      }
      throw new ConnectException(
          progress(all.get())
              + ", then: "
              + reason.getMessage()
              + ". Repeat the request when that is repaired: what is done is not done again",
          reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("interrupted: " + progress(all.get()) + "; repeat the request", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private ConnectException tooLate(int all, TimeoutException reason) {
    return new ConnectException(
        "the time of a REST request is over: "
            + progress(all)
            + ". Repeat the request: what is done is not done again",
        reason);
  }

  private String progress(int all) {
    return all < 0
        ? "no offset was changed"
        : "the offsets of " + done.get() + " of " + all + " partitions were changed";
  }

  /** On a thread that may wait, like all below. */
  private void apply(
      Map<TopicPartition, Long> offsets,
      ExecutorService threads,
      long deadlineNanos,
      AtomicInteger all) {
    offsets.forEach(this::requireSound);
    Map<TopicPartition, BrokerView> views = look(offsets);
    boolean isResetOfAll = offsets.isEmpty() || isAllThatIsCommitted(offsets);
    try (ObjectStore opened = store.open()) {
      Map<LogId, List<Change>> changes;
      try (LogAdmin admin = LogAdmin.of(opened)) {
        changes = isResetOfAll ? resetOfAll(admin) : planned(offsets, views, admin);
      }
      all.set(changes.values().stream().mapToInt(List::size).sum());
      List<CompletableFuture<Void>> logs = new ArrayList<>();
      changes.forEach(
          (log, ofLog) ->
              logs.add(
                  CompletableFuture.runAsync(
                      () -> applyTo(opened, log, ofLog, deadlineNanos), threads)));
      join(CompletableFuture.allOf(logs.toArray(CompletableFuture<?>[]::new)));
    }
  }

  private void requireSound(TopicPartition partition, @Nullable Long offset) {
    if (partition.partition() < 0) {
      throw new ConnectException(partition + ": partitions are numbered from 0 on");
    }
    if (offset == null) {
      return;
    }
    if (offset < 0) {
      throw new ConnectException(
          "offset "
              + offset
              + " of "
              + partition
              + " is below 0: give the offset that is to be read next, or null to reset it");
    }
    if (!topics.has(partition.topic())) {
      throw new ConnectException(
          partition
              + " is none of this connector, which has "
              + topics
              + ": offsets of other topics can only be reset, with null");
    }
  }

  /** What Kafka says of the partitions that get an offset; empty if it is not to be asked. */
  private Map<TopicPartition, BrokerView> look(Map<TopicPartition, Long> offsets) {
    Set<TopicPartition> asked = new HashSet<>();
    offsets.forEach(
        (partition, offset) -> {
          if (offset != null) {
            asked.add(partition);
          }
        });
    if (asked.isEmpty()) {
      return Map.of();
    }
    try (KafkaTopics look = kafka.get()) {
      if (!look.isOn()) {
        return Map.of();
      }
      Map<TopicPartition, BrokerView> views = join(look.look(asked));
      for (TopicPartition partition : asked) {
        requireInKafka(partition, offsets.get(partition), views.get(partition));
      }
      return views;
    }
  }

  /**
   * A reset of all comes with those partitions that the consumer group has offsets of, and offsets
   * are committed after the records: *because* of that it may lack partitions that were written.
   */
  private boolean isAllThatIsCommitted(Map<TopicPartition, Long> offsets) {
    if (offsets.values().stream().anyMatch(Objects::nonNull)) {
      return false;
    }
    try (KafkaTopics look = kafka.get()) {
      Set<TopicPartition> committed = join(look.committed(consumerGroup));
      return !committed.isEmpty() && offsets.keySet().containsAll(committed);
    } catch (KafkaException e) {
      LOG.warn(
          "consumer group {} cannot be looked at ({}): the {} partitions that were named are reset,"
              + " and no others",
          consumerGroup,
          e.getMessage(),
          offsets.size());
      return false;
    }
  }

  private static void requireInKafka(
      TopicPartition partition, @Nullable Long offset, @Nullable BrokerView view) {
    if (view == null) {
      throw new ConnectException(
          "Kafka does not know " + partition + ", or it has no leader: correct it, or try later");
    }
    if (offset != null && (offset > view.latest() || offset < view.earliest())) {
      throw new ConnectException(
          "offset "
              + offset
              + " of "
              + partition
              + " is not there: Kafka has "
              + view.earliest()
              + " to "
              + view.latest()
              + ", and the last one is the end");
    }
  }

  private Map<LogId, List<Change>> planned(
      Map<TopicPartition, Long> offsets, Map<TopicPartition, BrokerView> views, LogAdmin admin) {
    Map<TopicPartition, LogId> logs = new HashMap<>();
    offsets.forEach(
        (partition, offset) -> log(partition, offset).ifPresent(log -> logs.put(partition, log)));
    Map<LogId, LogDescription> described = describe(Set.copyOf(logs.values()), admin);
    Map<LogId, List<Change>> changes = new LinkedHashMap<>();
    for (Map.Entry<TopicPartition, LogId> entry : logs.entrySet()) {
      TopicPartition partition = entry.getKey();
      Long offset = offsets.get(partition);
      LogDescription log = described.get(entry.getValue());
      List<Change> ofPartition =
          offset == null
              ? resets(partition, log)
              : List.of(alteration(partition, offset, views.get(partition), log));
      if (!ofPartition.isEmpty()) {
        changes.computeIfAbsent(entry.getValue(), id -> new ArrayList<>()).addAll(ofPartition);
      }
    }
    return changes;
  }

  /** Empty for a topic that is reset and cannot have been written. */
  private Optional<LogId> log(TopicPartition partition, @Nullable Long offset) {
    try {
      return Optional.of(settings.mapping().log(partition.topic()));
    } catch (ConfigException e) {
      if (offset == null) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Wherever the log has it: also where another mapping had put it. */
  private List<Change> resets(TopicPartition partition, @Nullable LogDescription log) {
    if (log == null) {
      return List.of();
    }
    String writerId = settings.names().of(partition);
    return resets(log, writerId::equals);
  }

  private static List<Change> resets(LogDescription log, Predicate<String> which) {
    List<Change> resets = new ArrayList<>();
    for (PartitionDescription partition : log.partitions()) {
      for (WriterDescription writer : partition.writers()) {
        if (which.test(writer.writerId())) {
          resets.add(
              new Change(
                  new LogTarget(log.id(), partition.partition()),
                  writer.writerId(),
                  StoredPosition.START_ANEW,
                  null));
        }
      }
    }
    return resets;
  }

  private Change alteration(
      TopicPartition partition,
      long offset,
      @Nullable BrokerView view,
      @Nullable LogDescription log) {
    LogTarget target = settings.mapping().target(partition);
    if (log == null) {
      throw new ConnectException(
          "there is no log "
              + target.log()
              + " for "
              + partition
              + ": create it, or let the connector do so, and alter its offset then");
    }
    if (target.partition() >= log.partitions().size()) {
      throw new ConnectException(
          "log "
              + target.log()
              + " has "
              + log.partitions().size()
              + " partitions, and "
              + partition
              + " belongs on partition "
              + target.partition()
              + ": add partitions, or let the connector do so, and alter its offset then");
    }
    String writerId = settings.names().of(partition);
    PinGuard.pin(writerId, target, log)
        .ifPresent(
            refusal -> {
              throw new ConnectException(refusal);
            });
    return new Change(target, writerId, offset, view == null ? null : view.topicId());
  }

  private Map<LogId, List<Change>> resetOfAll(LogAdmin admin) {
    TopicMapping mapping = settings.mapping();
    Set<LogId> reachable = new TreeSet<>(Comparator.comparing(LogId::toString));
    for (LogSummary log : join(admin.list(mapping.prefix()))) {
      if (mapping.mayReach(log.id().name())) {
        reachable.add(log.id());
      }
    }
    Map<LogId, List<Change>> changes = new LinkedHashMap<>();
    describe(reachable, admin)
        .forEach(
            (id, log) -> {
              List<Change> ofLog =
                  resets(log, writerId -> settings.names().parse(writerId).isPresent());
              if (!ofLog.isEmpty()) {
                changes.put(id, ofLog);
              }
            });
    return changes;
  }

  /** Those that are there. */
  private static Map<LogId, LogDescription> describe(Set<LogId> logs, LogAdmin admin) {
    Map<LogId, CompletableFuture<Optional<LogDescription>>> asked = new HashMap<>();
    for (LogId log : logs) {
      asked.put(
          log,
          admin
              .describe(log)
              .handle(
                  (found, trouble) -> {
                    if (trouble == null) {
                      return found.state().status() == LogState.Status.DELETED
                          ? Optional.empty()
                          : Optional.of(found);
                    }
                    if (unwrapped(trouble) instanceof RaftlessException.LogNotFound) {
                      return Optional.empty();
                    }
                    throw new CompletionException(unwrapped(trouble));
                  }));
    }
    Map<LogId, LogDescription> described = new HashMap<>();
    asked.forEach((log, found) -> join(found).ifPresent(there -> described.put(log, there)));
    return described;
  }

  private void applyTo(ObjectStore opened, LogId id, List<Change> changes, long deadlineNanos) {
    // One head after the other for the writer ids that share it, heads at the same time.
    Map<Integer, List<Change>> byPartition = new TreeMap<>();
    for (Change change : changes) {
      byPartition
          .computeIfAbsent(change.target().partition(), number -> new ArrayList<>())
          .add(change);
    }
    try (RaftlessLog log = RaftlessLog.open(opened, id)) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (List<Change> ofHead : byPartition.values()) {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (!heads.tryAcquire(Math.max(0, leftNanos), TimeUnit.NANOSECONDS)) {
          throw new CompletionException(new TimeoutException("waiting for other heads"));
        }
        CompletableFuture<Void> head = CompletableFuture.completedFuture(null);
        for (Change change : ofHead) {
          head = head.thenCompose(unused -> applyTo(log, change));
        }
        all.add(head.whenComplete((unused, trouble) -> heads.release()));
      }
      join(CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  private CompletableFuture<Void> applyTo(RaftlessLog log, Change change) {
    String holder = "alter-" + UUID.randomUUID();
    return log.acquire(change.target().partition(), change.writerId(), holder)
        .thenCompose(claim -> store(log, claim, change))
        .thenRun(done::incrementAndGet);
  }

  private static CompletableFuture<Void> store(RaftlessLog log, WriterClaim claim, Change change) {
    StoredPosition now = claim.position() == null ? null : StoredPosition.decode(claim.position());
    if (isThere(now, change)) {
      return CompletableFuture.completedFuture(null);
    }
    StoredPosition before = now == null ? StoredPosition.at(StoredPosition.START_ANEW, null) : now;
    StoredPosition next =
        before.movedTo(change.nextOffset(), change.topicId(), StoredPosition.Kind.OFFSETS_ALTERED);
    return log.storePosition(claim, claim.position(), next.encode());
  }

  private static boolean isThere(@Nullable StoredPosition now, Change change) {
    if (change.isReset()) {
      return now == null || now.isStartAnew();
    }
    return now != null
        && now.nextOffset() == change.nextOffset()
        && Objects.equals(now.topicId(), change.topicId());
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable reason = unwrapped(e);
      if (reason instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new CompletionException(reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  private static Throwable unwrapped(Throwable trouble) {
    Throwable reason = trouble;
    while ((reason instanceof CompletionException || reason instanceof ExecutionException)
        && reason.getCause() != null) {
      reason = reason.getCause();
    }
    return reason;
  }
}
