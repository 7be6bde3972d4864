package io.raftless.bench;

import java.util.List;

/** All experiments, in the order in which they are run. */
public final class Experiments {
  private static final List<Experiment> ALL = List.of();

  private Experiments() {}

  /** All of them; names differ. */
  public static List<Experiment> all() {
    return ALL;
  }
}
