package io.raftless.log;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Bytes that a reader may have fetched and not yet handed out, and who waits for some. Guarded by
 * the reader's lock.
 */
final class FetchBudget {
  private final long most;
  private long used;

  /** In the order in which they asked in vain. */
  private final Set<PartitionFetcher> waiting = new LinkedHashSet<>();

  FetchBudget(long most) {
    this.most = most;
  }

  /** Takes bytes if there is room; else the fetcher is told when there may be. */
  boolean tryTake(long bytes, PartitionFetcher fetcher) {
    if (bytes > free()) {
      waiting.add(fetcher);
      return false;
    }
    used += bytes;
    return true;
  }

  /** Takes bytes whether or not there is room. */
  void take(long bytes) {
    used += bytes;
  }

  void giveBack(long bytes) {
    used -= bytes;
  }

  /** What is left; below 0 if more was taken. */
  long free() {
    return most - used;
  }

  void forget(PartitionFetcher fetcher) {
    waiting.remove(fetcher);
  }

  /** Lets those who wait go on, the first one first, as long as there is room for them. */
  void proceedWaiting() {
    int left = waiting.size();
    while (left-- > 0 && free() > 0 && !waiting.isEmpty()) {
      PartitionFetcher first = waiting.iterator().next();
      waiting.remove(first);
      first.proceed();
      if (waiting.contains(first)) {
        return;
      }
    }
  }
}
