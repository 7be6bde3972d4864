package io.raftless.connect.source;

import io.raftless.head.LogState;
import io.raftless.log.ConsumerGroup;
import io.raftless.log.GroupPosition;
import io.raftless.log.LogAdmin;
import io.raftless.log.LogId;
import io.raftless.log.LogSummary;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ResetTo;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Offsets that somebody sets with Connect's REST API. Everything is checked before anything is
 * changed; then the group's cursors are moved as well, *because* a partition without a stored
 * offset is read from its cursor ({@link StartPins}), and so that lag shows what will be read. May
 * be repeated.
 */
final class OffsetAlteration {
  private final SourceConfig config;
  private final ObjectStore store;

  /**
   * @param next null to start again
   */
  private record Change(SourcePartition partition, @Nullable Long next) {}

  OffsetAlteration(SourceConfig config, ObjectStore store) {
    this.config = config;
    this.store = store;
  }

  /**
   * Applies what Connect was asked; none at all means that the connector starts anew.
   *
   * @throws ConnectException if something is wrong with it, and nothing was changed
   * @throws RaftlessException if the store failed: some cursors may be moved already
   */
  void apply(Map<Map<String, ?>, Map<String, ?>> offsets) {
    if (offsets.isEmpty()) {
      forgetAll();
      return;
    }
    Map<String, List<Change>> byLog = new TreeMap<>();
    for (Change change : parsed(offsets)) {
      byLog
          .computeIfAbsent(change.partition().log().toString(), log -> new ArrayList<>())
          .add(change);
    }
    List<RaftlessLog> logs = new ArrayList<>();
    try (LogAdmin admin = LogAdmin.of(store)) {
      List<Change> valid = new ArrayList<>();
      for (List<Change> changes : byLog.values()) {
        valid.addAll(checked(admin, changes, logs));
      }
      Futures.joinAll(valid.stream().map(change -> move(change, logs)).toList());
    } finally {
      logs.forEach(RaftlessLog::close);
    }
  }

  private void forgetAll() {
    StartPins pins = new StartPins(store, config.group(), config.startPosition());
    try (LogFinder finder = new LogFinder(config, store)) {
      for (FoundLog found : finder.find()) {
        try (RaftlessLog log = RaftlessLog.open(store, found.id())) {
          pins.forget(log);
        }
      }
    }
  }

  private static List<Change> parsed(Map<Map<String, ?>, Map<String, ?>> offsets) {
    List<Change> changes = new ArrayList<>();
    for (Map.Entry<Map<String, ?>, Map<String, ?>> entry : offsets.entrySet()) {
      try {
        changes.add(
            new Change(SourcePartition.of(entry.getKey()), SourcePartition.next(entry.getValue())));
      } catch (IllegalArgumentException e) {
        throw new ConnectException(e.getMessage(), e);
      }
    }
    return changes;
  }

  /**
   * Changes of one log that there is something to do for.
   *
   * @param opened gets the log
   */
  private List<Change> checked(LogAdmin admin, List<Change> changes, List<RaftlessLog> opened) {
    LogId id = changes.get(0).partition().log();
    Optional<LogSummary> found =
        Futures.join(admin.find(id)).filter(log -> log.state().status() != LogState.Status.DELETED);
    if (found.isEmpty()) {
      changes.forEach(
          change -> requireReset(change, "there is no log " + id + ": see bucket and prefix"));
      return List.of();
    }
    LogSummary log = found.get();
    if (!config.covers(id)) {
      changes.forEach(
          change ->
              requireReset(
                  change,
                  "log "
                      + id
                      + " is not among those that this connector reads: see "
                      + SourceConfig.LOGS
                      + " and "
                      + SourceConfig.LOGS_REGEX));
      return List.of();
    }
    List<Change> current = new ArrayList<>();
    for (Change change : changes) {
      if (!change.partition().incarnation().equals(log.incarnation())) {
        requireReset(
            change,
            "log "
                + id
                + " is another one now: its incarnation is "
                + log.incarnation()
                + ", not "
                + change.partition().incarnation());
      } else if (change.partition().partition() >= log.partitions()) {
        throw new ConnectException(
            "there is no "
                + change.partition()
                + ": choose 0 to "
                + (log.partitions() - 1)
                + ", nothing was changed");
      } else {
        current.add(change);
      }
    }
    RaftlessLog open = RaftlessLog.open(store, id);
    opened.add(open);
    Futures.joinAll(current.stream().map(change -> checkRange(change, open)).toList());
    return current;
  }

  /** What is no more cannot be read from anywhere; but its offset may be taken away. */
  private static void requireReset(Change change, String trouble) {
    if (change.next() != null) {
      throw new ConnectException(trouble + "; nothing was changed");
    }
  }

  private static CompletableFuture<Void> checkRange(Change change, RaftlessLog log) {
    Long next = change.next();
    if (next == null) {
      return CompletableFuture.completedFuture(null);
    }
    return log.status(change.partition().partition())
        .thenAccept(
            status -> {
              if (next < status.startOffset() || next > status.nextOffset()) {
                throw new ConnectException(
                    "offset "
                        + next
                        + " is not in "
                        + change.partition()
                        + ": choose "
                        + status.startOffset()
                        + " (the first record there is) to "
                        + status.nextOffset()
                        + " (the end); nothing was changed");
              }
            });
  }

  private CompletableFuture<GroupPosition> move(Change change, List<RaftlessLog> logs) {
    RaftlessLog log =
        logs.stream()
            .filter(open -> open.id().equals(change.partition().log()))
            .findFirst()
            .orElseThrow();
    ConsumerGroup cursors = log.group(config.group());
    int partition = change.partition().partition();
    Long next = change.next();
    return cursors
        .position(partition)
        .thenCompose(
            now -> {
              if (next == null) {
                // Without a cursor, the next start decides.
                return now.offset().isEmpty()
                    ? CompletableFuture.completedFuture(now)
                    : cursors.reset(partition, config.startPosition(), now.generation());
              }
              if (now.offset().isEmpty()) {
                return cursors.start(partition, ResetTo.offset(next));
              }
              return now.offset().getAsLong() == next
                  ? CompletableFuture.completedFuture(now)
                  : cursors.reset(partition, ResetTo.offset(next), now.generation());
            });
  }
}
