package io.raftless.sim;

import io.raftless.sim.Simulation.Outcome;
import java.util.List;

/**
 * A run of the simulator and the trace that was made of it.
 *
 * @param events of partition 0
 */
record TraceRun(Outcome outcome, List<TraceEvent> events) {
  TraceRun {
    events = List.copyOf(events);
  }

  /**
   * Simulates a seed.
   *
   * @throws Violation if the simulator finds something by itself
   */
  static TraceRun of(long seed, Strands strands) {
    return of(TracePlans.of(seed), strands);
  }

  static TraceRun of(Plan plan, Strands strands) {
    Simulation simulation = new Simulation(plan, strands);
    TraceRecorder recorder = new TraceRecorder(simulation.world().journal(), 0);
    simulation.world().record(recorder);
    Outcome outcome = simulation.run();
    Violation violation = outcome.violation();
    if (violation != null) {
      throw violation;
    }
    return new TraceRun(outcome, TraceTranslator.translate(outcome, recorder));
  }

  long seed() {
    return outcome.plan().seed();
  }

  /** The event at a position that counts from 1, and the journal around it. */
  String around(int position) {
    StringBuilder text = new StringBuilder();
    for (int i = Math.max(1, position - 25); i <= Math.min(events.size(), position + 3); i++) {
      text.append(i == position ? " >>> " : "     ").append(i).append(' ');
      text.append(events.get(i - 1).fields()).append('\n');
    }
    int number = position <= events.size() ? events.get(position - 1).number() : 0;
    List<Journal.Entry> journal = outcome.journal().entries();
    text.append("\nthe journal around ").append(number).append(":\n");
    for (int i = Math.max(0, number - 60); i < Math.min(journal.size(), number + 10); i++) {
      text.append(journal.get(i)).append('\n');
    }
    return text.toString();
  }
}
