package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a split of each partition and hands it to reader (partition modulo parallelism). Owned by
 * the coordinator thread.
 *
 * <p>A split is at any time in exactly one place that a checkpoint covers: in {@code unassigned}
 * here, on its way to a reader (Flink tracks that and gives it back if the reader fails before the
 * next checkpoint), or in a reader's state. That is why the connector does not implement {@code
 * SupportsSplitReassignmentOnRecovery}: with it, a checkpoint between a restore and the new
 * assignment holds no splits.
 */
final class RaftlessSplitEnumerator implements SplitEnumerator<RaftlessSplit, EnumeratorState> {
  private final SplitEnumeratorContext<RaftlessSplit> context;
  private final SourceSettings<?> settings;
  private final Callable<PartitionDiscovery.Discovered> discovery;

  /** Null until the first discovery is done. */
  private @Nullable Incarnation incarnation;

  private int discoveredPartitions;

  /** Whether the log was looked at since this enumerator started. */
  private boolean isDiscovered;

  /** By partition. */
  private final TreeMap<Integer, RaftlessSplit> unassigned = new TreeMap<>();

  RaftlessSplitEnumerator(
      SplitEnumeratorContext<RaftlessSplit> context,
      SourceSettings<?> settings,
      EnumeratorState restored,
      Callable<PartitionDiscovery.Discovered> discovery) {
    this.context = context;
    this.settings = settings;
    this.discovery = discovery;
    this.incarnation = restored.incarnation();
    this.discoveredPartitions = restored.discoveredPartitions();
    restored.unassigned().forEach(split -> unassigned.put(split.partition(), split));
  }

  @Override
  public void start() {
    // After a restore as well: the log may have been deleted and created again.
    context.callAsync(discovery, this::discovered);
  }

  private void discovered(
      PartitionDiscovery.@Nullable Discovered found, @Nullable Throwable failure) {
    if (found == null) {
      throw new FlinkRuntimeException(
          "log " + settings.log() + " could not be discovered", failure);
    }
    if (incarnation == null) {
      incarnation = found.incarnation();
      found.splits().forEach(split -> unassigned.put(split.partition(), split));
      discoveredPartitions = found.splits().size();
    } else if (!incarnation.equals(found.incarnation())) {
      throw new UncheckedIOException(
          SourceFailure.otherIncarnation(settings.log(), incarnation, found.incarnation()));
    }
    isDiscovered = true;
    assign();
    context.registeredReaders().keySet().forEach(this::signalComplete);
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String requesterHostname) {
    // Readers do not ask: splits are pushed.
  }

  @Override
  public void addReader(int subtask) {
    assign();
    if (isDiscovered) {
      signalComplete(subtask);
    }
  }

  /**
   * Tells a reader that it has all the splits it will get: once for each time that it registers. A
   * reader that has finished stays registered, and an event to it fails the job over.
   */
  private void signalComplete(int subtask) {
    if (settings.stop() != null) {
      context.signalNoMoreSplits(subtask);
    }
  }

  @Override
  public void addSplitsBack(List<RaftlessSplit> splits, int subtask) {
    splits.forEach(split -> unassigned.put(split.partition(), split));
    assign();
  }

  private void assign() {
    if (incarnation == null) {
      return;
    }
    Map<Integer, List<RaftlessSplit>> assignment = new HashMap<>();
    Iterator<RaftlessSplit> splits = unassigned.values().iterator();
    while (splits.hasNext()) {
      RaftlessSplit split = splits.next();
      int reader = split.partition() % context.currentParallelism();
      if (context.registeredReaders().containsKey(reader)) {
        assignment.computeIfAbsent(reader, subtask -> new ArrayList<>()).add(split);
        splits.remove();
      }
    }
    if (!assignment.isEmpty()) {
      context.assignSplits(new SplitsAssignment<>(assignment));
    }
  }

  @Override
  public EnumeratorState snapshotState(long checkpointId) {
    return new EnumeratorState(
        incarnation, discoveredPartitions, new ArrayList<>(unassigned.values()));
  }

  @Override
  public void close() {
    // Discovery opens and closes its own log.
  }
}
