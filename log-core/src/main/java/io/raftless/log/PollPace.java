package io.raftless.log;

/**
 * How long a reader at the end of a partition waits before it looks at the head again. A record is
 * seen half a pause late on average, and each look is paid for. So the pause
 *
 * <ul>
 *   <li>is the shortest one after something came, and doubles with each look that finds nothing,
 *   <li>up to 60 ms for the first second or so, in which there may be more to come,
 *   <li>then 160 ms until some ten seconds are over: six requests a second, and small next to what
 *       an append takes;
 *   <li>and only then doubles on, up to the longest one.
 * </ul>
 *
 * <p>Not thread-safe.
 */
final class PollPace {
  private static final int EAGER_PAUSE_MILLIS = 60;

  /** A second of such pauses, and of looks that take 15 ms, as those of S3 do. */
  private static final int EAGER_LOOKS = 14;

  private static final int ATTENTIVE_PAUSE_MILLIS = 160;

  /** Ten seconds with those before. */
  private static final int ATTENTIVE_LOOKS = EAGER_LOOKS + 51;

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
    long doubled = (long) minMillis << Math.min(looks, 20);
    int late = Math.max(0, looks - ATTENTIVE_LOOKS);
    long calm =
        looks < EAGER_LOOKS
            ? EAGER_PAUSE_MILLIS
            : (long) ATTENTIVE_PAUSE_MILLIS << Math.min(late, 20);
    looks++;
    return Math.min(maxMillis, Math.min(doubled, Math.max(minMillis, calm)));
  }
}
