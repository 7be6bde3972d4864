package io.raftless.connect.source;

import io.raftless.log.ConsumerGroup;
import io.raftless.log.GroupPosition;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ResetTo;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides once where each partition is read from, and writes it down before any task reads.
 *
 * <p>The trouble: Connect stores an offset only with a record. A connector that starts at the
 * latest record and gets none, and is then restarted, would start at a later 'latest', and whatever
 * was appended in between would be lost. And a partition that is found later has to be read from
 * its beginning, not from its 'latest'.
 *
 * <p>So the place is <em>pinned</em>: the cursor of the connector's consumer group is {@linkplain
 * ConsumerGroup#start started} in each partition, which is idempotent: the first one decides. A
 * task without a stored offset begins at the cursor, and at nothing else.
 *
 * <p>Where it is started depends on whether this is the connector's first start, of which a
 * <em>marker</em> tells: the cursor of a second group, {@code <group>.started}, in partition 0 of a
 * log. On the first start all cursors are started at the start position, and <em>then</em> every
 * log is marked. Else, what has no cursor is new, and its cursor is started at the earliest record.
 *
 * <ul>
 *   <li>If it crashes before the first marker, the next start is a first start still: cursors that
 *       are there stay, the others are started at the start position. No task has read anything by
 *       then, so nothing is skipped that was promised.
 *   <li>If it crashes between markers, all cursors are there. One marker suffices.
 *   <li>If a log joins later, in whatever order of names, there is a marker in another one: the new
 *       one is read from its beginning, and marked, so that it tells when the others are deleted.
 *   <li>*Because* cursors alone do not suffice: one of several logs without a cursor may be one
 *       that a crash left out, or a new one. Taken for the former, its records would be skipped.
 * </ul>
 *
 * <p>What is left: if all logs of a connector were deleted and created anew while it was not
 * running, its next start is a first start. A connector that never found a log has not started.
 */
final class StartPins {
  /** What the group that marks is called, after the group's name. */
  static final String MARKER_SUFFIX = ".started";

  private static final Logger LOG = LoggerFactory.getLogger(StartPins.class);

  private final ObjectStore store;
  private final String group;
  private final ResetTo firstStart;

  /**
   * @param firstStart where the first start begins
   */
  StartPins(ObjectStore store, String group, ResetTo firstStart) {
    this.store = store;
    this.group = group;
    this.firstStart = firstStart;
  }

  /**
   * At the connector's start. Waits for the store.
   *
   * @return the logs as they are: what was deleted in the meantime is left out
   */
  List<FoundLog> begin(List<FoundLog> found) {
    return with(
        found,
        logs -> {
          boolean isFirst = !isMarked(logs);
          if (isFirst && !logs.isEmpty()) {
            LOG.info("The first start of group '{}': it begins at {}", group, firstStart);
          }
          pin(logs, isFirst ? firstStart : ResetTo.earliest());
        });
  }

  /** For what is found while the connector runs; else like {@link #begin}. */
  List<FoundLog> later(List<FoundLog> found) {
    return with(found, logs -> pin(logs, ResetTo.earliest()));
  }

  private boolean isMarked(List<RaftlessLog> logs) {
    return Futures.joinAll(logs.stream().map(log -> marker(log).position(0)).toList()).stream()
        .anyMatch(position -> position.offset().isPresent());
  }

  private void pin(List<RaftlessLog> logs, ResetTo where) {
    List<CompletableFuture<GroupPosition>> starts = new ArrayList<>();
    for (RaftlessLog log : logs) {
      ConsumerGroup cursors = log.group(group);
      IntStream.range(0, log.partitions())
          .forEach(partition -> starts.add(cursors.start(partition, where)));
    }
    Futures.joinAll(starts);
    // Invariant: whoever sees a marker may rely on the cursors of the first start.
    Futures.joinAll(logs.stream().map(log -> marker(log).start(0, ResetTo.earliest())).toList());
  }

  /**
   * Takes everything away that this group has written down in a log, so that the next start is a
   * first start. The marker goes first: until the cursors are gone too, it may be repeated.
   */
  void forget(RaftlessLog log) {
    Futures.join(marker(log).delete());
    Futures.join(log.group(group).delete());
  }

  private ConsumerGroup marker(RaftlessLog log) {
    return log.group(group + MARKER_SUFFIX);
  }

  private interface Step {
    void on(List<RaftlessLog> logs);
  }

  private List<FoundLog> with(List<FoundLog> found, Step step) {
    List<RaftlessLog> logs = new ArrayList<>();
    try {
      for (FoundLog log : found) {
        open(log.id(), logs);
      }
      step.on(logs);
      return logs.stream()
          .map(log -> new FoundLog(log.id(), log.incarnation(), log.partitions()))
          .toList();
    } finally {
      logs.forEach(RaftlessLog::close);
    }
  }

  private void open(LogId id, List<RaftlessLog> logs) {
    try {
      logs.add(RaftlessLog.open(store, id));
    } catch (RaftlessException.LogNotFound e) {
      LOG.warn("Log {} was deleted just now: it is left out", id, e);
    }
  }
}
