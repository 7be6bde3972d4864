package io.raftless.spec;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One run of TLC on one configuration.
 *
 * @param verdict what it found out
 * @param search how much it searched, if it said so
 * @param time from the start of its JVM to its end
 * @param report the counterexample, or all that TLC said if it failed
 */
record TlcRun(TlcVerdict verdict, Optional<Search> search, Duration time, String report) {

  /**
   * What was searched.
   *
   * @param generated states that were computed
   * @param distinct states among them
   * @param diameter states on the longest of the shortest paths from an initial state, as far as it
   *     was searched; TLC does not say it for every counterexample
   */
  record Search(long generated, long distinct, OptionalInt diameter) {}

  TlcRun {
    if (verdict instanceof TlcVerdict.Holds
        && (search.isEmpty() || search.get().diameter().isEmpty())) {
      throw new IllegalArgumentException("who says that a model holds must say how far it looked");
    }
  }
}
