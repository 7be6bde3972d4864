package io.raftless.connect.sink;

import io.raftless.head.LogState;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogDescription;
import io.raftless.log.LogDescription.PartitionDescription;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.LogSummary;
import io.raftless.log.RaftlessException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/** Finds out what a change of offsets means for the heads of logs. Writes nothing. */
final class OffsetsPlan {
  private final TopicMapping mapping;
  private final WriterIdNames names;
  private final ConfiguredTopics topics;

  OffsetsPlan(TopicMapping mapping, WriterIdNames names, ConfiguredTopics topics) {
    this.mapping = mapping;
    this.names = names;
    this.topics = topics;
  }

  /**
   * What can be said without asking anybody.
   *
   * @throws ConnectException if it cannot be
   */
  void requireSound(TopicPartition partition, @Nullable Long offset) {
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

  /**
   * Whether Kafka has the offset.
   *
   * @throws ConnectException if not
   */
  static void requireInKafka(
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

  /**
   * What is to become of the writer ids of some topic-partitions, by log.
   *
   * @param views what Kafka says of those that get an offset; empty if it is not to be asked
   * @throws ConnectException if something is not as it has to be
   */
  Map<LogId, List<OffsetChange>> changes(
      Map<TopicPartition, Long> offsets, Map<TopicPartition, BrokerView> views, LogAdmin admin) {
    Map<TopicPartition, LogId> logs = new HashMap<>();
    offsets.forEach(
        (partition, offset) -> log(partition, offset).ifPresent(log -> logs.put(partition, log)));
    Map<LogId, LogDescription> described = describe(Set.copyOf(logs.values()), admin);
    Map<LogId, List<OffsetChange>> changes = new LinkedHashMap<>();
    for (Map.Entry<TopicPartition, LogId> entry : logs.entrySet()) {
      TopicPartition partition = entry.getKey();
      Long offset = offsets.get(partition);
      LogDescription log = described.get(entry.getValue());
      List<OffsetChange> ofPartition =
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
      return Optional.of(mapping.log(partition.topic()));
    } catch (ConfigException e) {
      if (offset == null) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Wherever the log has it: also where another mapping had put it. */
  private List<OffsetChange> resets(TopicPartition partition, @Nullable LogDescription log) {
    if (log == null) {
      return List.of();
    }
    String writerId = names.of(partition);
    return resets(log, writerId::equals);
  }

  private static List<OffsetChange> resets(LogDescription log, Predicate<String> which) {
    List<OffsetChange> resets = new ArrayList<>();
    for (PartitionDescription partition : log.partitions()) {
      for (WriterDescription writer : partition.writers()) {
        if (which.test(writer.writerId())) {
          resets.add(
              new OffsetChange(
                  new LogTarget(log.id(), partition.partition()),
                  writer.writerId(),
                  StoredPosition.START_ANEW,
                  null));
        }
      }
    }
    return resets;
  }

  private OffsetChange alteration(
      TopicPartition partition,
      long offset,
      @Nullable BrokerView view,
      @Nullable LogDescription log) {
    LogTarget target = mapping.target(partition);
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
    String writerId = names.of(partition);
    PinGuard.pin(writerId, target, log, false)
        .ifPresent(
            refusal -> {
              throw new ConnectException(refusal);
            });
    return new OffsetChange(target, writerId, offset, view == null ? null : view.topicId());
  }

  /** Resets every writer id of the sink, in all logs that it can reach. */
  Map<LogId, List<OffsetChange>> resetOfAll(LogAdmin admin) {
    Set<LogId> reachable = new TreeSet<>(Comparator.comparing(LogId::toString));
    for (LogSummary log : Blocking.join(admin.list(mapping.prefix()))) {
      if (mapping.mayReach(log.id().name())) {
        reachable.add(log.id());
      }
    }
    Map<LogId, List<OffsetChange>> changes = new LinkedHashMap<>();
    describe(reachable, admin)
        .forEach(
            (id, log) -> {
              List<OffsetChange> ofLog = resets(log, writerId -> names.parse(writerId).isPresent());
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
                    if (Blocking.unwrapped(trouble) instanceof RaftlessException.LogNotFound) {
                      return Optional.empty();
                    }
                    throw new CompletionException(Blocking.unwrapped(trouble));
                  }));
    }
    Map<LogId, LogDescription> described = new HashMap<>();
    asked.forEach(
        (log, found) -> Blocking.join(found).ifPresent(there -> described.put(log, there)));
    return described;
  }
}
