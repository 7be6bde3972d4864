package io.raftless.connectcluster;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Asks until there is an answer, for as long as that may take.
 *
 * @param limit after which there is no answer
 */
public record Patience(Duration limit) {
  private static final long PAUSE_MILLIS = 50;

  /**
   * Waits for something that happens in another process.
   *
   * @param what named in the error
   * @param answer empty until it has happened
   * @throws IllegalStateException if it did not happen in time
   */
  public <T> T await(String what, Supplier<Optional<T>> answer) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    Optional<T> found = answer.get();
    while (found.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(what + ": not within " + limit.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      found = answer.get();
    }
    return found.get();
  }
}
