package io.raftless.log;

import io.raftless.format.Chunks;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that may be in memory at once. Whoever finds no room waits in turn: nobody overtakes a
 * large record that waits, so that many small ones cannot keep it out forever.
 *
 * <p>Thread-safe.
 */
final class MemoryBudget {
  /**
   * A sixteenth more may be kept: chunks are taken 64 KiB at a time and bytes reserved record by
   * record, and without slack a busy writer would lose every other chunk just before it takes it.
   */
  private static final int SLACK = 16;

  private final long most;

  /** What is kept to be used again has room only where nothing else is. */
  private final Chunks spare;

  /** Who waits, the first one first. Guarded by this, as is all below. */
  private final Deque<Waiter> waiters = new ArrayDeque<>();

  private long used;
  private boolean isClosed;

  private static final class Waiter {
    private final long bytes;

    /** Set when the bytes were taken for it. */
    private boolean isAdmitted;

    Waiter(long bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * Nothing is taken at first.
   *
   * @param spare memory that is free but kept: it is given up as the rest grows, so that both
   *     together stay within the budget
   */
  MemoryBudget(long most, Chunks spare) {
    this.most = most;
    this.spare = spare;
  }

  /**
   * Takes bytes if there is room and nobody waits. A request that is larger than the whole budget
   * gets in when nothing else is there.
   */
  synchronized boolean tryReserve(long bytes) {
    if (!waiters.isEmpty() || !fits(bytes)) {
      return false;
    }
    used(bytes);
    return true;
  }

  /** Called with this locked. */
  private void used(long bytes) {
    used += bytes;
    spare.keepAtMost(most - used + most / SLACK);
  }

  private boolean fits(long bytes) {
    return used == 0 || used + bytes <= most;
  }

  /**
   * Takes bytes, waiting in turn for room.
   *
   * @param makeRoom run once before waiting, without a lock, when others can see already that
   *     somebody waits
   * @throws IllegalStateException if the budget is closed
   */
  void reserve(long bytes, Runnable makeRoom) throws InterruptedException {
    if (!tryReserve(bytes)) {
      reserveInTurn(bytes, makeRoom);
    }
  }

  private void reserveInTurn(long bytes, Runnable makeRoom) throws InterruptedException {
    Waiter waiter = new Waiter(bytes);
    synchronized (this) {
      if (tryReserve(bytes)) {
        return;
      }
      waiters.add(waiter);
    }
    boolean isAdmitted = false;
    try {
      makeRoom.run();
      await(waiter);
      isAdmitted = true;
    } finally {
      if (!isAdmitted) {
        leave(waiter);
      }
    }
  }

  private synchronized void await(Waiter waiter) throws InterruptedException {
    while (!waiter.isAdmitted) {
      if (isClosed) {
        throw new IllegalStateException("closed while waiting for memory");
      }
      wait();
    }
  }

  private synchronized void leave(Waiter waiter) {
    if (waiter.isAdmitted) {
      release(waiter.bytes);
    } else {
      waiters.remove(waiter);
      admit();
    }
  }

  /** Takes bytes whether there is room or not, for what cannot wait and is small. */
  synchronized void take(long bytes) {
    used(bytes);
  }

  /** Whether somebody waits for room. */
  synchronized boolean isAwaited() {
    return !waiters.isEmpty();
  }

  /** How much is taken. */
  synchronized long used() {
    return used;
  }

  synchronized void release(long bytes) {
    used -= bytes;
    admit();
  }

  private synchronized void admit() {
    for (@Nullable Waiter next = waiters.peek();
        next != null && fits(next.bytes);
        next = waiters.peek()) {
      used(next.bytes);
      next.isAdmitted = true;
      waiters.remove();
    }
    notifyAll();
  }

  /** Whoever waits is told, now and later. */
  synchronized void close() {
    isClosed = true;
    notifyAll();
  }
}
