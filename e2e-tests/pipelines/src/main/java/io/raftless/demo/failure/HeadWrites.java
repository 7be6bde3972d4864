package io.raftless.demo.failure;

import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a commit get through to some partitions only. While a limit holds, the replacements of the
 * first few heads go to the store and those of all other heads are refused, after one of the first
 * has been answered: so the caller fails with a part of its work done. Safe for use by many threads.
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
    return lifted == null ? "no limit held" : lifted.lift();
  }

  /** Replaces a head, or refuses to. */
  CompletableFuture<PutOutcome> replace(String key, Supplier<CompletableFuture<PutOutcome>> put) {
    Limit current = limit;
    return current == null ? put.get() : current.replace(key, put);
  }

  private static final class Limit {
    private final int heads;
    private final CompletableFuture<Void> firstAnswer = new CompletableFuture<>();

    /** Guarded by this. */
    private final Set<String> admitted = new HashSet<>();

    /** Guarded by this. */
    private final Set<String> committed = new HashSet<>();

    /** Guarded by this. */
    private final Set<String> refused = new HashSet<>();

    Limit(int heads) {
      this.heads = heads;
    }

    CompletableFuture<PutOutcome> replace(String key, Supplier<CompletableFuture<PutOutcome>> put) {
      if (admit(key)) {
        return put.get().whenComplete((outcome, error) -> answered(key, outcome));
      }
      return firstAnswer.thenCompose(
          ignored ->
              CompletableFuture.failedFuture(
                  StoreException.refused(
                      "the demo lets nobody replace " + key + " now",
                      new InjectedFailure("the committer is about to die"))));
    }

    private synchronized boolean admit(String key) {
      if (admitted.contains(key)) {
        return true;
      }
      if (admitted.size() < heads) {
        return admitted.add(key);
      }
      refused.add(key);
      return false;
    }

    private void answered(String key, @Nullable PutOutcome outcome) {
      if (outcome instanceof PutOutcome.Stored) {
        synchronized (this) {
          committed.add(key);
        }
      }
      firstAnswer.complete(null);
    }

    String lift() {
      firstAnswer.complete(null);
      synchronized (this) {
        return committed.size() + " partitions committed and " + refused.size() + " not";
      }
    }
  }
}
