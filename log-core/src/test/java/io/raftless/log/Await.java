package io.raftless.log;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a state instead of a time; a state that does not come fails the test. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Await() {}

  static void until(String what, BooleanSupplier state) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!state.getAsBoolean()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.onSpinWait();
    }
  }
}
