package io.raftless.flink.sink;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Repeats what failed for the moment, with pauses, until the time is up. Flink's own {@code
 * retryLater} comes back at once, without a pause, and fails the job after ten times.
 */
final class PersistentAttempts {
  private final SinkSettings<?> settings;
  private final String action;
  private final Patience patience;

  /**
   * @param action for people: "could not ... within 2 minutes"
   */
  PersistentAttempts(SinkSettings<?> settings, String action) {
    this.settings = settings;
    this.action = action;
    this.patience = new Patience(settings.commitTimeout());
  }

  /** Makes one attempt until it succeeds. */
  <V> V untilDone(Supplier<CompletableFuture<V>> attempt) throws IOException, InterruptedException {
    Map<Integer, V> results = untilAllDone(Map.of(0, attempt));
    return results.values().iterator().next();
  }

  /**
   * Makes all attempts at the same time, until each has succeeded. When it throws, none is under
   * way, except those that outlasted the time: a restarted job will meet no echo of this one.
   */
  <K, V> Map<K, V> untilAllDone(Map<K, Supplier<CompletableFuture<V>>> attempts)
      throws IOException, InterruptedException {
    Map<K, V> results = new HashMap<>();
    while (true) {
      Map<K, CompletableFuture<V>> running = new HashMap<>();
      attempts.forEach(
          (key, attempt) -> {
            if (!results.containsKey(key)) {
              running.put(key, attempt.get());
            }
          });
      @Nullable CommitFailure passing = null;
      @Nullable CommitFailure lasting = null;
      for (var entry : running.entrySet()) {
        try {
          results.put(
              entry.getKey(),
              entry.getValue().get(patience.remainingNanos(), TimeUnit.NANOSECONDS));
        } catch (ExecutionException | TimeoutException e) {
          CommitFailure failure = CommitFailure.of(settings, e);
          if (failure.mayBeTriedAgain()) {
            passing = failure;
          } else {
            lasting = failure;
          }
        }
      }
      if (lasting != null) {
        throw lasting.toException(action);
      }
      if (passing == null) {
        return results;
      }
      if (!patience.pause()) {
        throw passing.toException(action);
      }
    }
  }
}
