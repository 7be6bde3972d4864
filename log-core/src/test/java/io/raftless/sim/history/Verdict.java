package io.raftless.sim.history;

import java.util.List;

/** What the checker found. */
public sealed interface Verdict {

  /**
   * One log explains everything.
   *
   * @param witness the calls in an order in which a log that does one thing at a time gives these
   *     answers; calls without effect (failed, unknown and not needed) are left out
   * @param steps what it took: orders that were begun
   */
  record Linearizable(List<Integer> witness, long steps) implements Verdict {
    public Linearizable {
      witness = List.copyOf(witness);
    }
  }

  /**
   * No log explains it.
   *
   * @param prefix the longest beginning of an order that was found
   * @param explanation for people: the log after that prefix, and why no call can be next
   * @param steps what it took
   */
  record NotLinearizable(List<Integer> prefix, String explanation, long steps) implements Verdict {
    public NotLinearizable {
      prefix = List.copyOf(prefix);
    }
  }

  /**
   * The steps were used up.
   *
   * @param steps that were allowed
   */
  record Undecided(long steps) implements Verdict {}
}
