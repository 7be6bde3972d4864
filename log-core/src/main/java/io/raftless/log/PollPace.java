package io.raftless.log;

/**
 * How long a reader at the end of a partition waits before it looks at the head again. A record is
 * seen half a pause late on average, and each look is paid for. So the pause
 *
 * <ul>
 *   <li>is the shortest one after something came, and doubles with each look that finds nothing,
 *   <li>up to 150 ms for the first ten seconds or so: six requests a second, and small next to what
 *       an append takes;
 *   <li>and only then doubles on, up to the longest one.
 * </ul>
 *
 * <p>Not thread-safe.
 */
final class PollPace {
  private static final int ATTENTIVE_PAUSE_MILLIS = 150;

  /** Ten seconds of such pauses, and of looks that take a while. */
  private static final int ATTENTIVE_LOOKS = 60;

  private final int minMillis;
  private final int maxMillis;

  /** Since something came. */
  private int looks;

  PollPace(ReaderOptions options) {
    this.minMillis = options.minPollMillis();
    this.maxMillis = options.maxPollMillis();
  }

  /** Something came. */
  void somethingCame() {
    looks = 0;
  }

  /** Nothing came: the pause until the next look. */
  long nextPauseMillis() {
    long wanted = (long) minMillis << Math.min(looks, 20);
    if (wanted > ATTENTIVE_PAUSE_MILLIS) {
      int later = Math.max(0, looks - ATTENTIVE_LOOKS);
      wanted = Math.max(minMillis, (long) ATTENTIVE_PAUSE_MILLIS << Math.min(later, 20));
    }
    looks++;
    return Math.min(maxMillis, wanted);
  }
}
