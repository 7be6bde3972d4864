package io.raftless.sim;

import io.raftless.index.IndexShape;
import java.time.Duration;
import java.util.*;

class ExploreMain {
  public static void main(String[] args) {
    ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("io.raftless"))
        .setLevel(ch.qos.logback.classic.Level.OFF);
    long most = Long.getLong("most", 20000);
    try (Strands strands = new Strands()) {
      for (Scenario s : Scenarios.all(args)) {
        Interleavings i = new Interleavings(s, strands, Interleavings.Pruning.valueOf(System.getProperty("pruning", "ORDERS")), true);
        Interleavings.Result r = i.explore(most);
        System.out.println(r.line() + " outcomes " + r.outcomes().size() + " " + Integer.toHexString(r.outcomes().hashCode()) + " sampled " + i.sample() + " " + r.reached().counts());
        if (Boolean.getBoolean("show")) System.out.println(String.join("\n---\n", r.outcomes()));
        if (r.violation() != null) { System.out.println(r.trace()); System.out.println(r.found()); r.violation().printStackTrace(System.out); }
      }
    }
  }
}
