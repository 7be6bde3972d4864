package io.raftless.log;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The partitions that have something to hand out or to report, in the order of their turns: a poll
 * does not look at the thousands that have not. Guarded by the reader's lock.
 */
final class ReadyLine {
  private final Object lock;
  private final Set<PartitionFetcher> line = new LinkedHashSet<>();

  ReadyLine(Object lock) {
    this.lock = lock;
  }

  /** To the end of the line, unless it stands there already; wakes who polls. */
  void add(PartitionFetcher fetcher) {
    line.add(fetcher);
    lock.notifyAll();
  }

  void remove(PartitionFetcher fetcher) {
    line.remove(fetcher);
  }

  /** Takes the first out of the line; null if nobody is there. */
  @Nullable PartitionFetcher next() {
    if (line.isEmpty()) {
      return null;
    }
    PartitionFetcher first = line.iterator().next();
    line.remove(first);
    return first;
  }
}
