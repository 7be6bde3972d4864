package io.raftless.log;

/** Bytes that a reader may have fetched and not yet handed out. Guarded by the reader's lock. */
final class FetchBudget {
  private final long most;
  private long used;

  FetchBudget(long most) {
    this.most = most;
  }

  /** Takes bytes if there is room. */
  boolean tryTake(long bytes) {
    if (used + bytes > most) {
      return false;
    }
    used += bytes;
    return true;
  }

  /** Takes bytes whether or not there is room. */
  void take(long bytes) {
    used += bytes;
  }

  void giveBack(long bytes) {
    used -= bytes;
  }
}
