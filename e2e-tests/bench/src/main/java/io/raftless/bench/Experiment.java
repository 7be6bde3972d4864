package io.raftless.bench;

/** One question, with what answers it side by side in one run. */
public interface Experiment {

  /** As the command line has it: lower case, words joined by hyphens. */
  String name();

  /** What is measured, in one sentence. */
  String question();

  /**
   * Rounds before those that count. More than usual for what the store and its client take most of:
   * compilers need many requests to have done with the SDK, and what they take is nobody's.
   */
  default int warmUps(Size size) {
    return size.warmUps();
  }

  /**
   * Rounds that count. More than usual for whose target is nearer than the median of a few rounds
   * is exact.
   */
  default int rounds(Size size) {
    return size.rounds();
  }

  /**
   * Starts what the experiment needs.
   *
   * @param stage where; closes what is added to it when the experiment is over
   * @throws Exception if it cannot be prepared: the run then fails with that
   */
  Contest prepare(Stage stage) throws Exception;
}
