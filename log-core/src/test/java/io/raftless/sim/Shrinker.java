package io.raftless.sim;

import io.raftless.sim.Simulation.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plan that fails smaller: leaves out clients, steps, disturbances and faults as long as
 * the same check fails. It is deterministic, so a seed always shrinks to the same plan.
 */
final class Shrinker {
  private static final int MOST_RUNS = 1_500;

  private final Strands strands;
  private final String check;
  private Outcome smallest;
  private int runs;

  private Shrinker(Outcome failed, Strands strands) {
    Violation violation = failed.violation();
    if (violation == null) {
      throw new IllegalArgumentException("nothing has failed");
    }
    this.strands = strands;
    this.check = violation.check();
    this.smallest = failed;
  }

  /** The smallest outcome that was found in which the same check fails. */
  @SuppressWarnings("try")
  static Outcome shrink(Outcome failed) {
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      return new Shrinker(failed, strands).shrink();
    }
  }

  private Outcome shrink() {
    boolean isSmaller = true;
    while (isSmaller && runs < MOST_RUNS) {
      isSmaller = faults();
      isSmaller |= clients();
      isSmaller |= disturbances();
      isSmaller |= steps();
    }
    return smallest;
  }

  private boolean fails(Plan plan) {
    if (runs++ >= MOST_RUNS) {
      return false;
    }
    Outcome outcome = new Simulation(plan, strands).run();
    @Nullable Violation violation = outcome.violation();
    if (violation == null || !violation.check().equals(check)) {
      return false;
    }
    smallest = outcome;
    return true;
  }

  private Plan plan() {
    return smallest.plan();
  }

  private boolean faults() {
    Faults faults = plan().faults();
    List<Faults> fewer =
        List.of(
            Faults.NONE,
            new Faults(faults.writes(), 0, 0, 0, 0),
            new Faults(0, faults.reads(), 0, 0, 0),
            new Faults(faults.writes(), faults.reads(), faults.deletes(), 0, 0),
            new Faults(faults.writes() / 2, faults.reads() / 2, faults.deletes() / 2, 0, 0));
    for (Faults candidate : fewer) {
      if (sum(candidate) < sum(faults) && fails(plan().withFaults(candidate))) {
        return true;
      }
    }
    return false;
  }

  private static double sum(Faults faults) {
    double sum =
        faults.writes() + faults.reads() + faults.deletes() + faults.bitFlips() + faults.slow();
    return sum < 0.02 ? 0 : sum;
  }

  private boolean clients() {
    boolean isSmaller = false;
    for (int i = plan().clients().size() - 1; i >= 0; i--) {
      isSmaller |= fails(plan().withClients(without(plan().clients(), i, i + 1)));
    }
    return isSmaller;
  }

  private boolean disturbances() {
    boolean isSmaller = false;
    for (int i = plan().disturbances().size() - 1; i >= 0; i--) {
      isSmaller |= fails(plan().withDisturbances(without(plan().disturbances(), i, i + 1)));
    }
    return isSmaller;
  }

  private boolean steps() {
    boolean isSmaller = false;
    for (int client = 0; client < plan().clients().size(); client++) {
      int size = plan().clients().get(client).steps().size();
      for (int length = size; length >= 1; length /= 2) {
        for (int from = size - length; from >= 0; from -= length) {
          if (from + length <= plan().clients().get(client).steps().size()) {
            isSmaller |= fails(withoutSteps(client, from, from + length));
          }
        }
      }
    }
    return isSmaller;
  }

  private Plan withoutSteps(int client, int from, int to) {
    List<Plan.Client> clients = new ArrayList<>(plan().clients());
    Plan.Client before = clients.get(client);
    clients.set(
        client,
        new Plan.Client(before.name(), before.machine(), without(before.steps(), from, to)));
    return plan().withClients(clients);
  }

  private static <T> List<T> without(List<T> all, int from, int to) {
    List<T> rest = new ArrayList<>(all.subList(0, from));
    rest.addAll(all.subList(to, all.size()));
    return rest;
  }
}
