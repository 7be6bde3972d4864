package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes splits of partitions and hands them to readers: all at once, neighbours to the same one, or
 * one at a time to whoever asks. Owned by the coordinator thread.
 *
 * <p>A split is at any time in exactly one place that a checkpoint covers: in {@code unassigned}
 * here, on its way to a reader (Flink tracks that and gives it back if the reader fails before the
 * next checkpoint), or in a reader's state. That is why the connector does not implement {@code
 * SupportsSplitReassignmentOnRecovery}: with it, a checkpoint between a restore and the new
 * assignment holds no splits.
 *
 * <p>Several attempts of a subtask (speculative execution) are no case of their own: Flink gives
 * every attempt all splits of its subtask, and nothing here is about an attempt.
 */
final class RaftlessSplitEnumerator implements SplitEnumerator<RaftlessSplit, EnumeratorState> {
  private static final Logger LOG = LoggerFactory.getLogger(RaftlessSplitEnumerator.class);

  private final SplitEnumeratorContext<RaftlessSplit> context;
  private final SourceSettings<?> settings;
  private final Discovery discovery;
  private final Counter trimmedRecords;

  /** Whether the first discovery is done, now or before the restore. */
  private boolean isStarted;

  /** What was made into splits. Replaced as a whole: the worker thread reads it, too. */
  private volatile Map<LogId, KnownLog> known;

  /** Whether the logs were looked at since this enumerator started. */
  private boolean isDiscovered;

  /** By id, in the order in which they are handed out. */
  private final Map<String, RaftlessSplit> unassigned = new LinkedHashMap<>();

  /** Of those that are unassigned, if readers do not ask. */
  private final SplitOwners owners = new SplitOwners();

  /** For the metric, which another thread reads. */
  private volatile long unassignedCount;

  /** Readers that wait for a split that they asked for. */
  private final Set<Integer> asking = new TreeSet<>();

  /** Readers that were told that they get no more splits, since they registered. */
  private final Set<Integer> complete = new TreeSet<>();

  RaftlessSplitEnumerator(
      SplitEnumeratorContext<RaftlessSplit> context,
      SourceSettings<?> settings,
      EnumeratorState restored,
      Discovery discovery) {
    this.context = context;
    this.settings = settings;
    this.discovery = discovery;
    this.trimmedRecords =
        context.metricGroup().addGroup(ReaderMetrics.GROUP).counter(ReaderMetrics.TRIMMED);
    context.metricGroup().setUnassignedSplitsGauge(() -> unassignedCount);
    this.isStarted = restored.isStarted();
    Map<LogId, KnownLog> subscribed = new LinkedHashMap<>(restored.logs());
    subscribed
        .keySet()
        .removeIf(
            log -> {
              boolean isDropped = !settings.subscription().contains(log);
              if (isDropped) {
                LOG.warn(
                    "Log {} is in the restored state, but is not one of {}: no more is read of it",
                    log,
                    settings.subscription());
              }
              return isDropped;
            });
    this.known = Map.copyOf(subscribed);
    restored.unassigned().stream()
        .filter(split -> settings.subscription().contains(split.log()))
        .forEach(split -> unassigned.put(split.splitId(), split));
  }

  @Override
  public void start() {
    // After a restore as well: logs may have been deleted and created again.
    boolean isFirst = !isStarted;
    context.callAsync(() -> discovery.look(known, isFirst), this::discoveredFirst);
  }

  private void discoveredFirst(Discovery.@Nullable Found found, @Nullable Throwable failure) {
    discovered(found, failure);
    long interval = settings.discoveryInterval().toMillis();
    if (!settings.isBounded() && interval > 0) {
      context.callAsync(() -> discovery.look(known, false), this::discovered, interval, interval);
    }
  }

  private void discovered(Discovery.@Nullable Found found, @Nullable Throwable failure) {
    if (found == null) {
      throw new FlinkRuntimeException(
          "what there is of " + settings.subscription() + " could not be discovered", failure);
    }
    Map<LogId, KnownLog> next = new HashMap<>(known);
    next.entrySet().removeIf(log -> isRemoved(log.getKey(), log.getValue(), found));
    for (RaftlessSplit split : found.splits()) {
      @Nullable KnownLog before = next.get(split.log());
      // A look that began before the last one was heard of finds the same again.
      if (before == null || split.partition() >= KnownLog.of(before, split.incarnation())) {
        unassigned.put(split.splitId(), split);
        if (isStarted) {
          LOG.info("Discovered {}", split);
        }
      }
    }
    found
        .logs()
        .forEach(
            (log, now) -> next.merge(log, now, (a, b) -> a.partitions() > b.partitions() ? a : b));
    known = Map.copyOf(next);
    trimmedRecords.inc(found.trimmedRecords());
    isStarted = true;
    isDiscovered = true;
    assign();
  }

  /** Whether a log is not there any more, or is another one. */
  private boolean isRemoved(LogId log, KnownLog before, Discovery.Found found) {
    @Nullable KnownLog now = found.logs().get(log);
    @Nullable Incarnation incarnation = now == null ? null : now.incarnation();
    if (before.incarnation().equals(incarnation)) {
      return false;
    }
    if (settings.onRemoved() == OnRemoved.FAIL) {
      throw new UncheckedIOException(SourceFailure.removed(log, before.incarnation(), incarnation));
    }
    LOG.warn(
        "Log {} was {}: what was not read of incarnation {} is given up",
        log,
        incarnation == null ? "deleted" : "deleted and created again",
        before.incarnation());
    return true;
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String requesterHostname) {
    asking.add(subtask);
    assign();
  }

  @Override
  public void addReader(int subtask) {
    // A new reader: what an earlier one of the subtask asked for and was told is forgotten.
    asking.remove(subtask);
    complete.remove(subtask);
    assign();
  }

  @Override
  public void addSplitsBack(List<RaftlessSplit> splits, int subtask) {
    asking.remove(subtask);
    for (RaftlessSplit split : splits) {
      unassigned.put(split.splitId(), split);
      owners.give(split, subtask);
    }
    assign();
  }

  private void assign() {
    assignWhatCanBe();
    unassignedCount = unassigned.size();
  }

  private void assignWhatCanBe() {
    if (!isDiscovered) {
      return;
    }
    Map<Integer, List<RaftlessSplit>> assignment =
        settings.isOnRequest() ? takeForAsking() : takeForOwners();
    if (!assignment.isEmpty()) {
      context.assignSplits(new SplitsAssignment<>(assignment));
    }
    if (settings.isBounded()) {
      signalComplete();
    }
  }

  private Map<Integer, List<RaftlessSplit>> takeForOwners() {
    owners.choose(unassigned.values(), context.currentParallelism());
    Map<Integer, List<RaftlessSplit>> assignment = new HashMap<>();
    Iterator<RaftlessSplit> splits = unassigned.values().iterator();
    while (splits.hasNext()) {
      RaftlessSplit split = splits.next();
      Integer reader = owners.of(split);
      if (context.registeredReaders().containsKey(reader)) {
        assignment.computeIfAbsent(reader, subtask -> new ArrayList<>()).add(split);
        owners.forget(split);
        splits.remove();
      }
    }
    return assignment;
  }

  private Map<Integer, List<RaftlessSplit>> takeForAsking() {
    Map<Integer, List<RaftlessSplit>> assignment = new HashMap<>();
    // Who was told that there are no more may have finished: another attempt of it asks again.
    asking.removeIf(
        reader -> complete.contains(reader) || !context.registeredReaders().containsKey(reader));
    Iterator<Integer> readers = asking.iterator();
    Iterator<RaftlessSplit> splits = unassigned.values().iterator();
    while (readers.hasNext() && splits.hasNext()) {
      assignment.put(readers.next(), new ArrayList<>(List.of(splits.next())));
      readers.remove();
      splits.remove();
    }
    return assignment;
  }

  /**
   * Tells readers that they have all the splits they will get: once for each time that they
   * register. A reader that has finished stays registered, and an event to it fails the job over.
   */
  private void signalComplete() {
    Set<Integer> all =
        settings.isOnRequest() ? Set.copyOf(asking) : context.registeredReaders().keySet();
    for (int reader : all) {
      if (complete.add(reader)) {
        context.signalNoMoreSplits(reader);
      }
    }
    asking.removeAll(all);
  }

  @Override
  public EnumeratorState snapshotState(long checkpointId) {
    return new EnumeratorState(isStarted, known, new ArrayList<>(unassigned.values()));
  }

  @Override
  public void close() {
    discovery.close();
  }
}
