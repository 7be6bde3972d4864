package io.raftless.log;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the WAL uploads of a log that are under way, over all its writers. Thread-safe. */
final class UploadCounts {
  private final AtomicInteger inFlight = new AtomicInteger();

  int inFlight() {
    return inFlight.get();
  }

  void started() {
    inFlight.incrementAndGet();
  }

  void ended() {
    inFlight.decrementAndGet();
  }
}
