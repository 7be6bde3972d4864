package io.raftless.log;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Bytes that a reader may have fetched and not yet handed out, who has them, and who waits for
 * some. Guarded by the reader's lock.
 */
final class FetchBudget {
  private final long most;
  private long used;
  private int accounts;

  /** Who asked in vain when it had less than its share, in that order. */
  private final Set<Account> waiting = new LinkedHashSet<>();

  /** Who asked in vain when it had its share or more, in that order. */
  private final Set<Account> waitingForMore = new LinkedHashSet<>();

  /** Who is about to ask, and has nothing. */
  private final Set<Account> expecting = new HashSet<>();

  FetchBudget(long most) {
    this.most = most;
  }

  /** What one partition has of it. */
  final class Account {
    private final Runnable proceed;
    private long used;

    private Account(Runnable proceed) {
      this.proceed = proceed;
      accounts++;
    }

    /** Takes bytes if there is room; else this partition is told when there may be. */
    boolean tryTake(long bytes) {
      if (!mayTake(bytes, bytes)) {
        return false;
      }
      take(bytes);
      return true;
    }

    /**
     * Whether there is room; if not, this partition is told when there may be. Who has more than
     * its share leaves the room to those who want some and have less. Else who has the room first
     * keeps it, batch for batch, and nothing is fetched ahead of the others.
     *
     * @param bytes of all partitions together
     * @param mine of these, those of this one
     */
    boolean mayTake(long bytes, long mine) {
      if (bytes > free() || (used + mine > share() && isAnotherShort())) {
        forget();
        (used < share() ? waiting : waitingForMore).add(this);
        return false;
      }
      return true;
    }

    private boolean isAnotherShort() {
      return isAnotherIn(waiting) || isAnotherIn(expecting);
    }

    private boolean isAnotherIn(Set<Account> some) {
      return some.size() > (some.contains(this) ? 1 : 0);
    }

    /** Takes bytes whether or not there is room. */
    void take(long bytes) {
      used += bytes;
      FetchBudget.this.used += bytes;
    }

    void giveBack(long bytes) {
      used -= bytes;
      FetchBudget.this.used -= bytes;
    }

    /** Whether it is about to ask for something, and has nothing. */
    void expect(boolean isExpecting) {
      if (isExpecting && used == 0) {
        expecting.add(this);
      } else {
        expecting.remove(this);
      }
    }

    /** Waits no more. */
    void forget() {
      waiting.remove(this);
      waitingForMore.remove(this);
    }

    /** Has no share any more; what it took is given back before. */
    void close() {
      forget();
      expecting.remove(this);
      accounts--;
    }
  }

  /**
   * For a partition more.
   *
   * @param proceed is called when there may be room for what it asked for; throws nothing
   */
  Account open(Runnable proceed) {
    return new Account(proceed);
  }

  /** What is left; below 0 if more was taken. */
  long free() {
    return most - used;
  }

  private long share() {
    return most / Math.max(1, accounts);
  }

  /**
   * Lets those who wait go on, as long as there is room for them: those first who have less than
   * their share, and of these who has waited longest.
   */
  void proceedWaiting() {
    int left = waiting.size() + waitingForMore.size();
    while (left-- > 0 && free() > 0) {
      Set<Account> from = waiting.isEmpty() ? waitingForMore : waiting;
      if (from.isEmpty()) {
        return;
      }
      Account first = from.iterator().next();
      from.remove(first);
      first.proceed.run();
      if (waiting.contains(first) || waitingForMore.contains(first)) {
        return;
      }
    }
  }
}
