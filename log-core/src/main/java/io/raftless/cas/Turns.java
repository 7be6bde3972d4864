package io.raftless.cas;

import java.time.Duration;

/**
 * Whose turn it is to replace an object that several processes replace all the time. They do not
 * talk to each other, so each goes by what it meets itself. Who meets nobody never waits.
 *
 * <p>Without it, the winner of a race would win again and again: it knows the new state and could
 * make its next attempt at once, while the losers have to read first. So
 *
 * <ul>
 *   <li>a winner pauses, for as many <em>rounds</em> (what a read and an attempt take) as it has
 *       learned: one more each time that it lost more than one attempt before it won, and a bit
 *       fewer each time that it lost none. So all of them come to about the same number, which
 *       grows with how many they are, and about two of them contend at a time: the key is never
 *       idle;
 *   <li>a loser reads again after a random part of half a round, divided by how often it has lost:
 *       whoever has waited longest is most likely to be the first;
 *   <li>whoever wins although it had paused, and finds that nobody else has written meanwhile,
 *       forgets half of its pause, and soon all of it.
 * </ul>
 *
 * <p><em>Rejected</em>: to pause as long as one had to wait. Whoever is starved by a process that
 * knows of no contention would then leave the field to it for as long again.
 *
 * <p>Thread-safe.
 */
final class Turns {
  private static final double LEAST_ROUNDS = 1.5;
  private static final double MOST_ROUNDS = 32;
  private static final double FEWER = 0.85;
  private static final double FORGOTTEN = 0.5;

  /** A race now and then is no contention. */
  private static final int RACES = 1;

  private static final Duration LEAST_BACKOFF = Duration.ofMillis(5);
  private static final Duration MOST_PAUSE = Duration.ofSeconds(2);

  /** Clocks jump: what seems to have taken longer is no measure. */
  private static final long MOST_ROUND_MILLIS = 1_000;

  private static final double NEW_SHARE = 0.25;

  private final boolean isOn;

  /** Guarded by this, as are the following: how long to pause after a win; 0 without contention. */
  private double rounds;

  /** What a read and an attempt take; 0 if none was measured yet. */
  private double roundMillis;

  private long lastVersion;
  private long lastMillis;

  /**
   * Nobody has been met yet.
   *
   * @param isOn whether this process pauses for others at all
   */
  Turns(boolean isOn) {
    this.isOn = isOn;
  }

  /**
   * An update has succeeded.
   *
   * @param lost attempts that it lost before
   * @param version that it made
   * @param tookMillis from its last read (or its beginning, if it read nothing) until now
   */
  synchronized void won(int lost, long version, long tookMillis, long nowMillis) {
    if (!isOn) {
      return;
    }
    boolean isAlone = lost == 0 && version == lastVersion + 1;
    lastVersion = version;
    lastMillis = nowMillis;
    long took = Math.min(MOST_ROUND_MILLIS, Math.max(0, tookMillis));
    roundMillis = roundMillis == 0 ? took : roundMillis + NEW_SHARE * (took - roundMillis);
    if (isAlone || (rounds == 0 && lost == 0)) {
      // What others wrote some time ago, while this process wrote nothing, is no contention.
      rounds *= FORGOTTEN;
      if (rounds < FORGOTTEN) {
        rounds = 0;
      }
    } else if (lost > RACES) {
      rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, rounds + 1));
    } else if (lost < RACES) {
      rounds = Math.max(LEAST_ROUNDS, rounds * FEWER);
    } else {
      rounds = Math.max(LEAST_ROUNDS, rounds);
    }
  }

  /** Whether others replace the object all the time: what is known of it is old. */
  synchronized boolean isContended() {
    return rounds > 0;
  }

  /** How long the next update should wait if it can. */
  synchronized Duration pause(long nowMillis) {
    long pause = Math.min(MOST_PAUSE.toMillis(), Math.round(rounds * roundMillis));
    // A clock that was set back makes nobody wait for longer.
    return Duration.ofMillis(Math.max(0, pause - Math.max(0, nowMillis - lastMillis)));
  }

  /** Of this a random part is to be waited after so many lost attempts, at least 1. */
  synchronized Duration backoff(int lost) {
    Duration half = Duration.ofMillis((long) (roundMillis / 2 / lost));
    return half.compareTo(LEAST_BACKOFF) < 0 ? LEAST_BACKOFF : half;
  }
}
