package io.raftless.bench;

/** Something that can be measured again and again. */
public interface Contestant {

  /** What people call it, short: it is the label in tables and plots. */
  String name();

  /**
   * Does the work once and says what it took.
   *
   * @param round 0 is the first; warm-ups have negative numbers
   * @throws Exception if it went wrong: there is no figure without all of the work
   */
  Sample measure(int round) throws Exception;

  /** A contestant of a name and what it does. */
  static Contestant of(String name, Work work) {
    return new Contestant() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Sample measure(int round) throws Exception {
        return work.measure(round);
      }
    };
  }

  /** What a contestant does. */
  @FunctionalInterface
  interface Work {
    /** See {@link Contestant#measure}. */
    Sample measure(int round) throws Exception;
  }
}
