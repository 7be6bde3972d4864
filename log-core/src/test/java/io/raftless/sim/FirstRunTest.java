package io.raftless.sim;

import org.junit.jupiter.api.Test;

class FirstRunTest {
  public static void main(String[] args) {
    new FirstRunTest().runs();
  }

  @Test
  void runs() {
    ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("io.raftless"))
        .setLevel(ch.qos.logback.classic.Level.OFF);
    int n = Integer.getInteger("raftless.sims", 200);
    long first = Long.getLong("raftless.seed", 1);
    int bad = 0;
    long start = System.nanoTime();
    long requests = 0;
    Reached reached = new Reached();
    try (Strands strands = new Strands()) {
      for (long seed = first; seed < first + n; seed++) {
        Simulation.Outcome outcome = new Simulation(Plan.of(seed), strands).run();
        requests += outcome.requests();
        reached.addAll(outcome.reached());
        Violation v = outcome.violation();
        if (v != null) {
          if (bad++ < 5) {
            System.out.println("seed " + seed + ": " + v);
            v.printStackTrace(System.out);
            if (n == 1) {
              System.out.println(outcome.plan().describe());
              System.out.println(outcome.journal().render());
            }
          }
        }
      }
    }
    System.out.println(
        bad
            + " bad of "
            + n
            + ", "
            + (System.nanoTime() - start) / 1e9
            + " s, requests "
            + requests
            + " "
            + reached.counts());
  }
}
