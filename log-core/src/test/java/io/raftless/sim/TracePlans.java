package io.raftless.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Plans whose runs become traces: of one partition, shorter than others, and without what the model
 * of the log does not have. They keep faults, crashes, stalls, jumps of clocks, fences, acquires,
 * staged batches, compaction, trim, vacuum and readers.
 *
 * <p>Left out: conditional appends (the model has no expected offsets), growth, settings, consumer
 * groups and verification (it has none of them), and bit flips (it has no bytes). Positions stay:
 * to the model, storing one is a write of the head that changes nothing.
 */
final class TracePlans {
  private static final int MOST_STEPS = 7;

  private TracePlans() {}

  static Plan of(long seed) {
    Plan plan = Plan.of(seed);
    Random random = new Random(seed ^ 0x7ace);
    List<Plan.Client> clients = new ArrayList<>();
    for (Plan.Client client : plan.clients()) {
      if (!client.name().equals("keeper1")) {
        clients.add(
            new Plan.Client(client.name(), client.machine(), steps(client.steps(), random)));
      }
    }
    // Two vacuums at a time, and whoever they compact against, on machines of their own: a trace
    // tells vacuums by their machines.
    int other = (machineOf(plan, "keeper0") + 1) % plan.machines().size();
    clients.add(
        new Plan.Client(
            "keeper2",
            other,
            List.of(
                new Step.Compact(0),
                new Step.Vacuum(Duration.ofMillis(random.nextInt(1_500))),
                new Step.Compact(0))));
    return new Plan(
        seed,
        1,
        plan.hasDigests(),
        plan.shape(),
        random.nextInt(3) == 0 ? Duration.ofSeconds(1) : plan.commitTimeout(),
        faults(plan.faults(), random),
        plan.machines(),
        clients,
        disturbances(plan, random));
  }

  /** With more crashes, so that some catch an attempt on its way. */
  private static List<Disturbance> disturbances(Plan plan, Random random) {
    List<Disturbance> all = new ArrayList<>(plan.disturbances());
    for (int more = random.nextInt(3); more > 0; more--) {
      all.add(
          new Disturbance.Crash(
              Duration.ofMillis(100 + random.nextInt(1_200)),
              random.nextInt(plan.machines().size()),
              Duration.ofMillis(random.nextInt(500))));
    }
    return all;
  }

  /** Some with many faults, so that time is up and attempts land late. */
  private static Faults faults(Faults faults, Random random) {
    return random.nextInt(3) == 0
        ? new Faults(0.4, 0.1, 0.3, 0, 0.1)
        : new Faults(faults.writes(), faults.reads(), faults.deletes(), 0, faults.slow());
  }

  private static int machineOf(Plan plan, String name) {
    return plan.clients().stream()
        .filter(client -> client.name().equals(name))
        .findFirst()
        .orElseThrow()
        .machine();
  }

  private static List<Step> steps(List<Step> steps, Random random) {
    List<Step> kept = new ArrayList<>();
    for (Step step : steps) {
      if (kept.size() < MOST_STEPS) {
        kept.addAll(shaped(step, random));
      }
    }
    return kept;
  }

  /** The step for partition 0; nothing if it is left out. */
  private static List<Step> shaped(Step step, Random random) {
    if (step instanceof Step.Append append) {
      return List.of(new Step.Append(0, append.records()));
    }
    if (step instanceof Step.AppendTogether append) {
      return List.of(new Step.AppendTogether(0, append.records(), false));
    }
    if (step instanceof Step.AppendWithPosition) {
      return List.of(new Step.AppendWithPosition(0));
    }
    if (step instanceof Step.Stage stage) {
      return List.of(
          new Step.Stage(List.of(0), stage.records()),
          new Step.Commit(random.nextInt(8), random.nextBoolean()));
    }
    if (step instanceof Step.StorePosition) {
      return List.of(new Step.StorePosition(0));
    }
    if (step instanceof Step.Compact) {
      return List.of(new Step.Compact(0));
    }
    if (step instanceof Step.Trim trim) {
      return List.of(new Step.Trim(0, trim.percent()));
    }
    if (step instanceof Step.Read read) {
      return List.of(new Step.Read(0, read.polls(), read.isFromEarliest()));
    }
    if (step instanceof Step.CatchUp) {
      return List.of(new Step.CatchUp(0));
    }
    if (step instanceof Step.Rest || step instanceof Step.Flush) {
      return random.nextInt(4) == 0 ? List.of(new Step.Reopen()) : List.of(step);
    }
    if (step instanceof Step.Look
        || step instanceof Step.Acknowledge
        || step instanceof Step.Verify
        || step instanceof Step.Grow
        || step instanceof Step.Settings) {
      return List.of();
    }
    return List.of(step);
  }
}
