package io.raftless.cas;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Creates immutable objects under names that nobody else has. Whatever is under such a name is our
 * own body, so repeating an attempt of unknown outcome is harmless. But only an object that was
 * seen counts as created: a conflict (409) can come from an earlier attempt of ours that fails
 * later.
 */
public final class CreateOnce {
  private static final Duration BACKOFF = Duration.ofMillis(50);
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(2);

  private final ObjectStore store;
  private final LogRuntime runtime;

  public CreateOnce(ObjectStore store, LogRuntime runtime) {
    this.store = store;
    this.runtime = runtime;
  }

  /**
   * Completes when the object is durable: one PUT if nothing goes wrong. Fails with {@link
   * StoreException} if the store refuses, or does not say "stored" in time.
   *
   * @param deadlineMillis by the runtime's clock
   */
  public CompletableFuture<Void> create(String key, ByteBuffer body, long deadlineMillis) {
    return create(key, List.of(body), deadlineMillis);
  }

  /** The same, of a body in parts that follow one another. */
  public CompletableFuture<Void> create(String key, List<ByteBuffer> parts, long deadlineMillis) {
    return attempt(key, parts, deadlineMillis, 0);
  }

  private CompletableFuture<Void> attempt(
      String key, List<ByteBuffer> parts, long deadlineMillis, int tries) {
    return store
        .putIfAbsent(key, parts)
        .thenCompose(
            outcome -> {
              if (outcome instanceof PutOutcome.Stored) {
                return CompletableFuture.completedFuture(null);
              }
              Throwable cause =
                  outcome instanceof PutOutcome.Unknown unknown ? unknown.cause() : null;
              return confirm(key, parts, deadlineMillis, tries, cause);
            });
  }

  private CompletableFuture<Void> confirm(
      String key,
      List<ByteBuffer> parts,
      long deadlineMillis,
      int tries,
      @Nullable Throwable cause) {
    return store
        .getRange(key, 0, 1)
        .thenApply(outcome -> outcome instanceof GetOutcome.Found)
        .exceptionally(unreadable -> false)
        .thenCompose(
            isThere -> {
              if (isThere) {
                return CompletableFuture.completedFuture(null);
              }
              if (runtime.clock().millis() >= deadlineMillis) {
                return CompletableFuture.failedFuture(
                    StoreException.unavailable(
                        key + " could not be created in time",
                        cause != null
                            ? cause
                            : new IllegalStateException("the store answers with conflicts")));
              }
              return runtime
                  .after(runtime.jitter(tries, BACKOFF, MOST_BACKOFF))
                  .thenCompose(unused -> attempt(key, parts, deadlineMillis, tries + 1));
            });
  }
}
