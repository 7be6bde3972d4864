package io.raftless.standalone;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks until there is an answer, for as long as that may take. */
record Patience(Duration limit) {
  private static final long PAUSE_MILLIS = 100;

  /**
   * Waits for something that happens in another process.
   *
   * @param what named in the error
   * @param answer empty until it has happened
   */
  <T> T await(String what, Supplier<Optional<T>> answer) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    Optional<T> found = answer.get();
    while (found.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(what + ": not within " + limit.toSeconds() + " s");
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      found = answer.get();
    }
    return found.get();
  }
}
