package io.raftless.connect.sink;

import io.raftless.format.FormatException;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Acquires partitions: the writer id in the head, then the decision where to go on, then the
 * position that says so. Owned by the task's thread.
 */
final class Acquisition {
  private record Claimed(RaftlessLog log, WriterClaim claim) {}

  private record Acquired(RaftlessLog log, WriterClaim claim, Optional<String> refusal) {}

  private final ResumePolicy policy;
  private final OpenLogs logs;
  private final KafkaTopics topics;
  private final Results results;
  private final Setbacks setbacks;

  Acquisition(
      ResumePolicy policy, OpenLogs logs, KafkaTopics topics, Results results, Setbacks setbacks) {
    this.policy = policy;
    this.logs = logs;
    this.topics = topics;
    this.results = results;
    this.setbacks = setbacks;
  }

  void acquire(List<TaskPartition> mine) {
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
      setbacks.acquiresWith(holder);
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
      setbacks.failed(partition, Setbacks.reason(trouble), "an acquire");
      if (partition.state() == PartitionState.LOST) {
        partition.holder = holder;
      }
      return;
    }
    if (acquired.refusal().isPresent()) {
      setbacks.lose(partition, "it is pinned");
      setbacks.fail(new ConnectException(acquired.refusal().get()));
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

  void decide(TaskPartition partition, @Nullable BrokerView view) {
    partition.awaitsView = false;
    String json = partition.storedJson;
    StoredPosition stored;
    try {
      stored = json == null ? null : StoredPosition.decode(json);
    } catch (FormatException e) {
      setbacks.lose(partition, "its stored position cannot be read");
      setbacks.fail(
          new ConnectException(
              partition.id + " has a stored position that cannot be read: " + json, e));
      return;
    }
    Decision decision = Resume.decide(partition.id, stored, view, policy);
    if (decision instanceof Decision.FollowConsumer follow
        && partition.consumerStart != TaskPartition.UNKNOWN) {
      decision = follow.at(partition.consumerStart);
    }
    if (decision instanceof Decision.Fail hopeless) {
      setbacks.lose(partition, "it cannot go on");
      setbacks.fail(new ConnectException(hopeless.message()));
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
            setbacks.failed(partition, trouble, "storing its position");
            return;
          }
          partition.storedJson = json;
          partition.ready = goOn;
        });
  }
}
