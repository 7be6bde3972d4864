package io.raftless.bench;

import io.raftless.bench.simulated.LogLength;
import io.raftless.bench.simulated.RequestCount;
import io.raftless.bench.simulated.SimulatedContention;
import io.raftless.bench.simulated.SimulatedLatency;
import io.raftless.bench.simulated.SimulatedTail;
import java.util.List;

/** All experiments, in the order in which they are run. */
public final class Experiments {
  private static final List<Experiment> ALL =
      List.of(
          new RequestCount(),
          new LogLength(),
          new SimulatedLatency(),
          new SimulatedTail(),
          new SimulatedContention());

  private Experiments() {}

  /** All of them; names differ. */
  public static List<Experiment> all() {
    return ALL;
  }
}
