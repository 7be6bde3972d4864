package io.raftless.bench.sim;

import io.raftless.store.ETag;
import io.raftless.store.PutOutcome;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Conditional replacements of one key. One that succeeds occupies the key for a while; those that
 * come meanwhile with the new ETag wait in order. The first of them succeeds, which makes the
 * others stale: as in the S3 User Guide ("Conditional write behavior"), the first write to finish
 * wins and the later ones are refused. What is stale already is refused at once and occupies
 * nothing.
 *
 * <p>Thread-safe.
 */
final class Replacements {
  private final SimulatedTime time;
  private final long occupiedNanos;
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  /** What the key has since the last replacement that was seen to succeed; null before it. */
  private @Nullable ETag current;

  private long freeNanos;

  /** Whether a request is with the store, or will be when the key is free. */
  private boolean isTaken;

  private record Waiting(ETag expected, Runnable send) {}

  Replacements(SimulatedTime time, long occupiedNanos) {
    this.time = time;
    this.occupiedNanos = occupiedNanos;
    this.freeNanos = time.nanos();
  }

  /** Runs {@code send} when it is its turn; it has to call {@link #answered} once. */
  void enter(ETag expected, Runnable send) {
    synchronized (this) {
      if (!isStale(expected)) {
        waiting.add(new Waiting(expected, send));
        takeNext();
        return;
      }
    }
    send.run();
  }

  /** The store has answered a request that was sent. */
  void answered(ETag expected, @Nullable PutOutcome outcome) {
    Deque<Waiting> stale = new ArrayDeque<>();
    synchronized (this) {
      if (isStale(expected)) {
        return; // It was not waited for.
      }
      isTaken = false;
      if (outcome instanceof PutOutcome.Stored stored) {
        current = stored.etag();
        freeNanos = time.nanos() + occupiedNanos;
        waiting.removeIf(other -> isStale(other.expected()) && stale.add(other));
      }
      takeNext();
    }
    stale.forEach(refused -> refused.send().run());
  }

  private boolean isStale(ETag expected) {
    return current != null && !current.equals(expected);
  }

  private void takeNext() {
    if (isTaken) {
      return;
    }
    Waiting next = waiting.poll();
    if (next != null) {
      isTaken = true;
      time.after(Math.max(0, freeNanos - time.nanos()), next.send());
    }
  }
}
