package io.raftless.sim;

import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Renders traces as the module LeaderlessLogTraces, which LeaderlessLogTrace is checked with. */
final class TraceModule {
  static final String NAME = "LeaderlessLogTraces";

  private TraceModule() {}

  static String render(List<List<TraceEvent>> traces) {
    StringBuilder text = new StringBuilder();
    text.append("---- MODULE ").append(NAME).append(" ----\n");
    text.append("EXTENDS Naturals, Sequences\n\n");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < traces.size(); i++) {
      String name = "Trace" + (i + 1);
      names.add(name);
      text.append(name).append(" == <<\n");
      text.append(events(traces.get(i))).append(">>\n\n");
    }
    text.append("Traces == <<").append(String.join(", ", names)).append(">>\n====\n");
    return text.toString();
  }

  /** Labels become small numbers in the same order; the one below all others becomes 1. */
  private static String events(List<TraceEvent> events) {
    TreeSet<Label> labels = TraceEvent.labels(events);
    labels.add(Label.ZERO);
    Map<Label, Integer> numbers = new HashMap<>();
    labels.forEach(label -> numbers.put(label, numbers.size() + 1));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < events.size(); i++) {
      text.append("  ").append(events.get(i).render(numbers::get));
      text.append(i + 1 < events.size() ? ",\n" : "\n");
    }
    return text.toString();
  }
}
