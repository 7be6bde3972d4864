package io.raftless.flink.source;

import io.raftless.log.LogId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which reader has which split, where readers do not ask for them. Neighbouring partitions of a log
 * go to the same reader: what they have in one object it fetches with one request. Readers get as
 * many, but for one; logs begin at different readers, so that many small ones are spread as well.
 *
 * <p>Chosen when a split is first seen, among those of its log that are seen with it: who comes
 * later changes nothing. Not thread-safe.
 */
final class SplitOwners {
  private final Map<String, Integer> bySplit = new HashMap<>();

  /** Chooses for those that have none. */
  void choose(Collection<RaftlessSplit> splits, int parallelism) {
    Map<LogId, List<RaftlessSplit>> byLog = new HashMap<>();
    for (RaftlessSplit split : splits) {
      if (!bySplit.containsKey(split.splitId())) {
        byLog.computeIfAbsent(split.log(), log -> new ArrayList<>()).add(split);
      }
    }
    byLog.forEach((log, added) -> choose(log, added, parallelism));
  }

  private void choose(LogId log, List<RaftlessSplit> added, int parallelism) {
    added.sort(Comparator.comparingInt(RaftlessSplit::partition));
    // Partitions that are added to a log one by one do not begin at the same reader each time.
    int first = Math.floorMod(log.toString().hashCode() + added.get(0).partition(), parallelism);
    for (int i = 0; i < added.size(); i++) {
      int next = (int) ((long) i * parallelism / added.size());
      give(added.get(i), (first + next) % parallelism);
    }
  }

  /** It is this reader's, whoever had it. */
  void give(RaftlessSplit split, int reader) {
    bySplit.put(split.splitId(), reader);
  }

  /** Null if none was chosen. */
  @Nullable Integer of(RaftlessSplit split) {
    return bySplit.get(split.splitId());
  }

  /** It was handed out. */
  void forget(RaftlessSplit split) {
    bySplit.remove(split.splitId());
  }
}
