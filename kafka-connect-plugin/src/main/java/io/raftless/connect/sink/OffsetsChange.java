package io.raftless.connect.sink;

import io.raftless.log.LogAdmin;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
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
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
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

  private static final Duration GROUP_TIMEOUT = Duration.ofSeconds(15);

  private static final int LOGS_AT_A_TIME = 16;
  private static final int HEADS_AT_A_TIME = 64;

  private final OffsetsPlan plan;
  private final StoreFactory store;
  private final String consumerGroup;
  private final Supplier<KafkaTopics> kafka;
  private final Duration timeLimit;
  private final Semaphore heads = new Semaphore(HEADS_AT_A_TIME);
  private final AtomicInteger done = new AtomicInteger();

  private OffsetsChange(
      OffsetsPlan plan,
      StoreFactory store,
      String consumerGroup,
      Supplier<KafkaTopics> kafka,
      Duration timeLimit) {
    this.plan = plan;
    this.store = store;
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
        new OffsetsPlan(settings.mapping(), settings.names(), ConfiguredTopics.of(options)),
        stores.apply(settings),
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
      Throwable reason = Blocking.unwrapped(e);
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
    offsets.forEach(plan::requireSound);
    Map<TopicPartition, BrokerView> views = look(offsets);
    boolean isResetOfAll = offsets.isEmpty() || isAllThatIsCommitted(offsets);
    try (ObjectStore opened = store.open()) {
      Map<LogId, List<OffsetChange>> changes;
      try (LogAdmin admin = LogAdmin.of(opened)) {
        changes = isResetOfAll ? plan.resetOfAll(admin) : plan.changes(offsets, views, admin);
      }
      all.set(changes.values().stream().mapToInt(List::size).sum());
      List<CompletableFuture<Void>> logs = new ArrayList<>();
      changes.forEach(
          (log, ofLog) ->
              logs.add(
                  CompletableFuture.runAsync(
                      () -> applyTo(opened, log, ofLog, deadlineNanos), threads)));
      Blocking.join(CompletableFuture.allOf(logs.toArray(CompletableFuture<?>[]::new)));
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
      Map<TopicPartition, BrokerView> views = Blocking.join(look.look(asked));
      for (TopicPartition partition : asked) {
        OffsetsPlan.requireInKafka(partition, offsets.get(partition), views.get(partition));
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
      Set<TopicPartition> committed =
          Blocking.join(
              look.committed(consumerGroup)
                  .orTimeout(GROUP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
      return !committed.isEmpty() && offsets.keySet().containsAll(committed);
    } catch (KafkaException | CompletionException e) {
      LOG.warn(
          "consumer group {} cannot be looked at ({}): the {} partitions that were named are reset,"
              + " and no others",
          consumerGroup,
          e.getMessage(),
          offsets.size());
      return false;
    }
  }

  private void applyTo(
      ObjectStore opened, LogId id, List<OffsetChange> changes, long deadlineNanos) {
    // One head after the other for the writer ids that share it, heads at the same time.
    Map<Integer, List<OffsetChange>> byPartition = new TreeMap<>();
    for (OffsetChange change : changes) {
      byPartition
          .computeIfAbsent(change.target().partition(), number -> new ArrayList<>())
          .add(change);
    }
    try (RaftlessLog log = RaftlessLog.open(opened, id)) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (List<OffsetChange> ofHead : byPartition.values()) {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (!heads.tryAcquire(Math.max(0, leftNanos), TimeUnit.NANOSECONDS)) {
          throw new CompletionException(new TimeoutException("waiting for other heads"));
        }
        CompletableFuture<Void> head = CompletableFuture.completedFuture(null);
        for (OffsetChange change : ofHead) {
          head = head.thenCompose(unused -> applyTo(log, change));
        }
        all.add(head.whenComplete((unused, trouble) -> heads.release()));
      }
      Blocking.join(CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }

  private CompletableFuture<Void> applyTo(RaftlessLog log, OffsetChange change) {
    String holder = "alter-" + UUID.randomUUID();
    return log.acquire(change.target().partition(), change.writerId(), holder)
        .thenCompose(claim -> store(log, claim, change))
        .thenRun(done::incrementAndGet);
  }

  private static CompletableFuture<Void> store(
      RaftlessLog log, WriterClaim claim, OffsetChange change) {
    StoredPosition now = claim.position() == null ? null : StoredPosition.decode(claim.position());
    if (isThere(now, change)) {
      return CompletableFuture.completedFuture(null);
    }
    StoredPosition before = now == null ? StoredPosition.at(StoredPosition.START_ANEW, null) : now;
    StoredPosition next =
        before.movedTo(change.nextOffset(), change.topicId(), StoredPosition.Kind.OFFSETS_ALTERED);
    return log.storePosition(claim, claim.position(), next.encode());
  }

  private static boolean isThere(@Nullable StoredPosition now, OffsetChange change) {
    if (change.isReset()) {
      return now == null || now.isStartAnew();
    }
    return now != null
        && now.nextOffset() == change.nextOffset()
        && Objects.equals(now.topicId(), change.topicId());
  }
}
