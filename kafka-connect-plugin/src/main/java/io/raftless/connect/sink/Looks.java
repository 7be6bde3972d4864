package io.raftless.connect.sink;

import io.raftless.connect.sink.TaskPartition.Gap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at Kafka: where a partition that was acquired can go on, whether a gap means nothing,
 * whether the topic is what it was. One request at a time, for all that want one. Owned by the
 * task's thread.
 */
final class Looks {
  private static final Logger LOG = LoggerFactory.getLogger(Looks.class);

  /** How often all topics are looked at. */
  private static final long CHECK_MILLIS = 60_000;

  private record Asked(TaskPartition partition, int tenure) {}

  private final SinkSettings settings;
  private final KafkaTopics topics;
  private final Results results;
  private final LongSupplier clock;
  private final Setbacks setbacks;
  private final TaskMemory memory;
  private final Acquisition acquisition;
  private final Appends appends;

  private boolean isInFlight;
  private int failures;
  private long failingSince = TaskPartition.UNKNOWN;
  private long againAt;
  private long lastCheckMillis;

  Looks(
      SinkSettings settings,
      KafkaTopics topics,
      Results results,
      LongSupplier clock,
      Setbacks setbacks,
      TaskMemory memory,
      Acquisition acquisition,
      Appends appends) {
    this.settings = settings;
    this.topics = topics;
    this.results = results;
    this.clock = clock;
    this.setbacks = setbacks;
    this.memory = memory;
    this.acquisition = acquisition;
    this.appends = appends;
    this.lastCheckMillis = clock.getAsLong();
  }

  boolean isInFlight() {
    return isInFlight;
  }

  /** Whether it is time to see if all topics are what they were; asked when Connect commits. */
  boolean isTimeToCheck() {
    long now = clock.getAsLong();
    if (now - lastCheckMillis < CHECK_MILLIS) {
      return false;
    }
    lastCheckMillis = now;
    return true;
  }

  /** One request at a time, for all that want one. */
  void ask(Collection<TaskPartition> partitions, Set<TaskPartition> flushed) {
    long now = clock.getAsLong();
    if (!topics.isOn() || isInFlight || now < againAt) {
      return;
    }
    List<Asked> asked = new ArrayList<>();
    Set<TopicPartition> ids = new HashSet<>();
    boolean isPlenty = memory.bufferedBytes >= settings.memory().objectBytes();
    for (TaskPartition partition : partitions) {
      boolean judges =
          partition.gap != null
              && (isPlenty || flushed.contains(partition) || appends.isDue(partition));
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
    isInFlight = true;
    results.begin(() -> topics.look(ids), (views, trouble) -> onLook(asked, views, trouble));
  }

  private void onLook(
      List<Asked> asked,
      @Nullable Map<TopicPartition, BrokerView> views,
      @Nullable Throwable trouble) {
    isInFlight = false;
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
          partition.lookAgainAtMillis = now + setbacks.backoff(++partition.lookFailures);
          LOG.warn("Kafka did not say where {} is, asking again later", partition.id);
        }
        continue;
      }
      partition.lookFailures = 0;
      if (partition.awaitsView) {
        acquisition.decide(partition, view);
      } else if (partition.isActive()) {
        judge(partition, view);
      }
    }
    if (views != null) {
      failures = 0;
      failingSince = TaskPartition.UNKNOWN;
      return;
    }
    if (failingSince == TaskPartition.UNKNOWN) {
      failingSince = now;
    }
    againAt = now + setbacks.backoff(++failures);
    LOG.warn("Kafka did not say where {} partitions are, asking again", asked.size(), trouble);
    if (setbacks.isTooLong(failingSince, now)) {
      setbacks.fail(
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
      setbacks.lose(partition, "its topic is not what it was");
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
      memory.bufferedBytes -= partition.cutAt(gap);
      setbacks.pause(partition);
      return;
    }
    setbacks.lose(partition, "its topic is not what it was");
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
}
