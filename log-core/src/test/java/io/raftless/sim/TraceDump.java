package io.raftless.sim;

import java.nio.file.*;
import java.util.*;

final class TraceDump {
  public static void main(String[] args) throws Exception {
    long first = Long.parseLong(args[0]);
    int count = Integer.parseInt(args[1]);
    Path out = Path.of(args[2]);
    List<List<TraceEvent>> traces = new ArrayList<>();
    Map<String, Integer> kinds = new TreeMap<>();
    long t = System.nanoTime();
    StringBuilder journals = new StringBuilder();
    try (Strands strands = new Strands(); Quiet q = new Quiet()) {
      for (long seed = first; seed < first + count; seed++) {
        Simulation simulation = new Simulation(TracePlans.of(seed), strands);
        TraceRecorder recorder = new TraceRecorder(simulation.world().journal(), 0);
        simulation.world().record(recorder);
        Simulation.Outcome outcome = simulation.run();
        if (outcome.violation() != null) { System.out.println("seed " + seed + " " + outcome.violation()); outcome.violation().printStackTrace(); }
        try {
          List<TraceEvent> trace = TraceTranslator.translate(outcome, recorder);
          traces.add(trace);
          for (TraceEvent e : trace) kinds.merge(e.kind(), 1, Integer::sum);
          if (count == 1) Files.writeString(out.resolve("journal.txt"), outcome.journal().render());
          if (count == 1) { StringBuilder b = new StringBuilder(); int k = 0; for (TraceEvent e : trace) b.append(++k + " j" + e.number() + " " + e.fields() + "\n"); Files.writeString(out.resolve("events.txt"), b.toString()); }
        } catch (RuntimeException e) {
          System.out.println("seed " + seed); e.printStackTrace(System.out); traces.add(List.of());
        }
      }
    }
    System.out.println(kinds);
    System.out.println("events " + traces.stream().mapToInt(List::size).sum() + " max " + traces.stream().mapToInt(List::size).max().getAsInt() + " s " + (System.nanoTime() - t) / 1e9);
    Files.writeString(out.resolve("LeaderlessLogTraces.tla"), TraceModule.render(traces));
  }
}
