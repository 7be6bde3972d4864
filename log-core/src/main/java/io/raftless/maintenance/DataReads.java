package io.raftless.maintenance;

import io.raftless.runtime.Waiting;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Range reads, several under way at a time, whose answers are taken in the order of the requests by
 * the thread that makes them. One thread's.
 */
final class DataReads {
  private static final int MOST_READS = 16;
  private static final long MOST_BYTES = 32 << 20;

  private record Read(
      CompletableFuture<GetOutcome> answer, int length, Consumer<GetOutcome> taker) {}

  private final ObjectStore store;
  private final Deque<Read> underWay = new ArrayDeque<>();
  private long bytes;

  DataReads(ObjectStore store) {
    this.store = store;
  }

  /** Reads a range; {@code taker} gets the answer during this or a later call. */
  void read(String key, long position, int length, Consumer<GetOutcome> taker) {
    while (!underWay.isEmpty() && (underWay.size() == MOST_READS || bytes + length > MOST_BYTES)) {
      takeOldest();
    }
    bytes += length;
    underWay.add(new Read(store.getRange(key, position, length), length, taker));
  }

  /** Waits for all answers. */
  void finish() {
    while (!underWay.isEmpty()) {
      takeOldest();
    }
  }

  private void takeOldest() {
    Read oldest = underWay.remove();
    bytes -= oldest.length();
    oldest.taker().accept(Waiting.join(oldest.answer()));
  }
}
