package io.raftless.flink.source;

import io.raftless.id.Name;
import io.raftless.log.ReaderOptions;
import io.raftless.store.StoreFactory;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a source was told; it travels in the job graph.
 *
 * @param stop where to stop; null to read on forever
 * @param group whose cursors are moved when checkpoints complete; null for none
 * @param discoveryInterval how often to look for new logs and partitions; zero to look only when
 *     the job starts, or starts again
 * @param rangesPerPartition how many splits a bounded source makes of a partition
 * @param partitions the only ones that are read, of every log; null for all
 */
record SourceSettings<T>(
    StoreFactory store,
    Subscription subscription,
    StartPosition start,
    @Nullable StopPosition stop,
    RaftlessDeserializer<T> deserializer,
    ReaderOptions readerOptions,
    @Nullable String group,
    Duration discoveryInterval,
    OnRemoved onRemoved,
    OnPoison onPoison,
    int rangesPerPartition,
    @Nullable Set<Integer> partitions)
    implements Serializable {
  SourceSettings {
    if (discoveryInterval.isNegative()) {
      throw new IllegalArgumentException(
          "discoveryInterval " + discoveryInterval + ": zero for never, or longer");
    }
    if (rangesPerPartition < 1 || rangesPerPartition > 10_000) {
      throw new IllegalArgumentException(
          "rangesPerPartition " + rangesPerPartition + ": choose 1 to 10000");
    }
    partitions = partitions == null ? null : Set.copyOf(partitions);
    if (group != null) {
      Name.require("group", group);
    }
    boolean isOneLog = subscription instanceof Subscription.Listed listed && hasOne(listed.logs());
    if (!isOneLog && (namesNoLog(start) || stop instanceof StopPosition.Offsets)) {
      throw new IllegalStateException(
          "offsets by partition number fit a source of one log, not of "
              + subscription
              + ": use offsetsOf(Map<LogPartition, Long>)");
    }
    if (stop == null && rangesPerPartition > 1) {
      throw new IllegalStateException(
          "rangesPerPartition "
              + rangesPerPartition
              + " is for bounded sources: call setStopPosition, or leave it at 1");
    }
    if (group != null && rangesPerPartition > 1) {
      throw new IllegalStateException(
          "a cursor of group '"
              + group
              + "' cannot say how far several ranges of a partition were read: set"
              + " rangesPerPartition to 1, or commitGroupOnCheckpoint to false");
    }
  }

  private static boolean hasOne(List<?> list) {
    return list.size() == 1;
  }

  private static boolean namesNoLog(StartPosition start) {
    return start instanceof StartPosition.Offsets
        || (start instanceof StartPosition.Group group && namesNoLog(group.fallback()));
  }

  /** Whether a partition is one of those that are read. */
  boolean reads(int partition) {
    return partitions == null || partitions.contains(partition);
  }

  boolean isBounded() {
    return stop != null;
  }

  /**
   * Whether readers ask for splits, one at a time, so that who is fast reads more. Else every split
   * is handed out at once: partitions are read side by side, and none waits for the end of another.
   */
  boolean isOnRequest() {
    return rangesPerPartition > 1;
  }
}
