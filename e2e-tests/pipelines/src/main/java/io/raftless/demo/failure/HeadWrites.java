package io.raftless.demo.failure;

import io.raftless.store.PutOutcome;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a commit get through to some partitions only. While a limit holds, the replacements of the
 * first few heads go to the store, and whoever wants to replace another one dies. Safe for use by
 * many threads.
 */
final class HeadWrites {
  /** The limit that holds, if any. */
  private volatile @Nullable Limit limit;

  /** Limits the heads that can be replaced, until {@link #lift}. */
  void limitTo(int heads) {
    limit = new Limit(heads);
  }

  /** Lifts the limit and tells what came of it. */
  String lift() {
    Limit lifted = limit;
    limit = null;
    return lifted == null ? "no limit" : lifted.outcome();
  }

  /**
   * Replaces a head.
   *
   * @throws InjectedFailure if the limit does not allow it
   */
  CompletableFuture<PutOutcome> replace(String key, Supplier<CompletableFuture<PutOutcome>> put) {
    Limit current = limit;
    if (current == null) {
      return put.get();
    }
    current.admit(key);
    return put.get().whenComplete((outcome, trouble) -> current.answered(key, outcome));
  }

  private static final class Limit {
    private final int heads;

    /** Guarded by this. */
    private final Set<String> admitted = new HashSet<>();

    /** Guarded by this. */
    private final Set<String> committed = new HashSet<>();

    /** Guarded by this. */
    private final Set<String> refused = new HashSet<>();

    Limit(int heads) {
      this.heads = heads;
    }

    synchronized void admit(String key) {
      if (!admitted.contains(key)) {
        if (admitted.size() == heads) {
          refused.add(key);
          throw new InjectedFailure("the committer dies before it replaces " + key);
        }
        admitted.add(key);
      }
    }

    synchronized void answered(String key, @Nullable PutOutcome outcome) {
      if (outcome instanceof PutOutcome.Stored) {
        committed.add(key);
      }
    }

    synchronized String outcome() {
      return count(committed) + " committed and " + refused.size() + " not";
    }

    private static String count(Set<String> partitions) {
      return partitions.size() == 1 ? "1 partition" : partitions.size() + " partitions";
    }
  }
}
