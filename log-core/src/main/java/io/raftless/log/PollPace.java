package io.raftless.log;

/**
 * How long a reader at the end of a partition waits before it looks at the head again. A record is
 * seen half a pause late on average, and each look is paid for. So the pause follows how long
 * nothing has come:
 *
 * <ul>
 *   <li>a quarter of that: what comes regularly is seen with a delay that is small next to the time
 *       between two records;
 *   <li>but at most 165 ms during the first ten seconds: six requests a second, and a pause that is
 *       small next to what an append takes;
 *   <li>from then on more, up to the limit.
 * </ul>
 *
 * <p>Not thread-safe.
 */
final class PollPace {
  private static final int SHARE = 4;
  private static final long ATTENTIVE_MILLIS = 10_000;
  private static final long ATTENTIVE_PAUSE_MILLIS = 165;

  private final int minMillis;
  private final int maxMillis;

  /** The pauses since something came, together: no clock is needed. */
  private long idleMillis;

  PollPace(ReaderOptions options) {
    this.minMillis = options.minPollMillis();
    this.maxMillis = options.maxPollMillis();
  }

  /** Something came. */
  void somethingCame() {
    idleMillis = 0;
  }

  /** Nothing came: the pause until the next look. */
  long nextPauseMillis() {
    long wanted = Math.min(idleMillis / SHARE, ATTENTIVE_PAUSE_MILLIS);
    if (idleMillis > ATTENTIVE_MILLIS) {
      wanted += (idleMillis - ATTENTIVE_MILLIS) / SHARE;
    }
    long pause = Math.min(maxMillis, Math.max(minMillis, wanted));
    idleMillis += pause;
    return pause;
  }
}
