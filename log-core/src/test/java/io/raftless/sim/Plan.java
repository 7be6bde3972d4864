package io.raftless.sim;

import io.raftless.index.IndexShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a seed means: who does what, and what goes wrong. A plan is data, so that one that failed
 * can be made smaller; what it leaves open (how long things take, which request has a fault) comes
 * from the seed.
 *
 * @param partitions at the beginning
 * @param hasDigests whether ETags are digests of bodies
 * @param shape of the indexes
 * @param machines of each: how far its clock is ahead
 * @param clients several may be on one machine
 */
record Plan(
    long seed,
    int partitions,
    boolean hasDigests,
    IndexShape shape,
    Duration commitTimeout,
    Faults faults,
    List<Duration> machines,
    List<Client> clients,
    List<Disturbance> disturbances) {

  /** Partitions that a log may grow to. */
  static final int MOST_PARTITIONS = 3;

  Plan {
    machines = List.copyOf(machines);
    clients = List.copyOf(clients);
    disturbances = List.copyOf(disturbances);
  }

  /**
   * Someone who does one step after the other.
   *
   * @param machine where it runs
   */
  record Client(String name, int machine, List<Step> steps) {
    Client {
      steps = List.copyOf(steps);
    }
  }

  /** The plan of a seed. */
  static Plan of(long seed) {
    return new Maker(seed).make();
  }

  Plan withShape(IndexShape other) {
    return new Plan(
        seed,
        partitions,
        hasDigests,
        other,
        commitTimeout,
        faults,
        machines,
        clients,
        disturbances);
  }

  Plan withFaults(Faults other) {
    return new Plan(
        seed, partitions, hasDigests, shape, commitTimeout, other, machines, clients, disturbances);
  }

  Plan withClients(List<Client> others) {
    return new Plan(
        seed, partitions, hasDigests, shape, commitTimeout, faults, machines, others, disturbances);
  }

  Plan withDisturbances(List<Disturbance> others) {
    return new Plan(
        seed, partitions, hasDigests, shape, commitTimeout, faults, machines, clients, others);
  }

  /** For people: a line each. */
  String describe() {
    StringBuilder text = new StringBuilder();
    text.append("seed ").append(seed).append(", ").append(partitions).append(" partitions, ");
    text.append(shape).append(", commit time-out ").append(commitTimeout);
    text.append(hasDigests ? ", ETags are digests" : "").append('\n');
    text.append(faults).append('\n');
    text.append("clocks ahead by ").append(machines).append('\n');
    disturbances.forEach(disturbance -> text.append(disturbance).append('\n'));
    for (Client client : clients) {
      text.append(client.name()).append(" on machine ").append(client.machine()).append(":\n");
      client.steps().forEach(step -> text.append("  ").append(step).append('\n'));
    }
    return text.toString();
  }

  /** Draws a plan. */
  private static final class Maker {
    private static final List<String> WRITER_IDS = List.of("alpha", "beta");

    private final long seed;
    private final Random random;
    private int partitions;

    Maker(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    Plan make() {
      partitions = 1 + random.nextInt(2);
      IndexShape shape =
          List.of(
                  new IndexShape(4, 3, 2, 0),
                  new IndexShape(6, 3, 4, 0),
                  new IndexShape(3, 2, 3, 0))
              .get(random.nextInt(3));
      List<Duration> machines = new ArrayList<>();
      int count = 2 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        machines.add(Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(4_000) - 2_000 : 0));
      }
      List<Client> clients = new ArrayList<>();
      int writers = 2 + random.nextInt(2);
      for (int i = 0; i < writers; i++) {
        clients.add(new Client("writer" + i, random.nextInt(count), writerSteps()));
      }
      int keepers = random.nextInt(3) == 0 ? 2 : 1;
      for (int i = 0; i < keepers; i++) {
        clients.add(new Client("keeper" + i, random.nextInt(count), keeperSteps()));
      }
      clients.add(new Client("reader", random.nextInt(count), readerSteps()));
      if (random.nextInt(3) == 0) {
        clients.add(new Client("admin", random.nextInt(count), adminSteps()));
      }
      return new Plan(
          seed,
          partitions,
          random.nextBoolean(),
          shape,
          Duration.ofMillis(2_000 + random.nextInt(20_000)),
          faults(),
          machines,
          clients,
          disturbances(count));
    }

    private Faults faults() {
      return switch (random.nextInt(5)) {
        case 0 -> Faults.NONE;
        case 1, 2 -> new Faults(0.1, 0.03, 0.1, 0, 0.02);
        case 3 -> new Faults(0.3, 0.1, 0.3, 0, 0.05);
        default -> new Faults(0.1, 0.02, 0.1, 0.02, 0.02);
      };
    }

    private int partition() {
      return random.nextInt(partitions);
    }

    private String writerId() {
      return WRITER_IDS.get(random.nextInt(WRITER_IDS.size()));
    }

    private List<Step> writerSteps() {
      List<Step> steps = new ArrayList<>();
      if (random.nextBoolean()) {
        steps.add(new Step.Acquire(writerId()));
      }
      int count = 6 + random.nextInt(10);
      for (int i = 0; i < count; i++) {
        int dice = random.nextInt(100);
        if (dice < 34) {
          steps.add(new Step.Append(partition(), 1 + random.nextInt(3)));
        } else if (dice < 46) {
          steps.add(
              new Step.AppendTogether(partition(), 1 + random.nextInt(3), random.nextInt(3) == 0));
        } else if (dice < 52) {
          steps.add(new Step.AppendWithPosition(partition()));
        } else if (dice < 62) {
          steps.add(new Step.Flush());
        } else if (dice < 71) {
          List<Integer> into =
              partitions > 1 && random.nextBoolean() ? List.of(0, 1) : List.of(partition());
          steps.add(new Step.Stage(into, 1 + random.nextInt(2)));
        } else if (dice < 83) {
          steps.add(new Step.Commit(random.nextInt(8), random.nextBoolean()));
        } else if (dice < 89) {
          steps.add(new Step.Acquire(writerId()));
        } else if (dice < 92) {
          steps.add(new Step.AcquireAgain());
        } else if (dice < 95) {
          steps.add(new Step.StorePosition(partition()));
        } else if (dice < 97) {
          steps.add(new Step.Reopen());
        } else {
          steps.add(new Step.Rest(Duration.ofMillis(random.nextInt(3_000))));
        }
      }
      return steps;
    }

    private List<Step> keeperSteps() {
      List<Step> steps = new ArrayList<>();
      int count = 4 + random.nextInt(8);
      for (int i = 0; i < count; i++) {
        int dice = random.nextInt(100);
        if (dice < 42) {
          steps.add(new Step.Compact(partition()));
        } else if (dice < 66) {
          steps.add(new Step.Vacuum(Duration.ofMillis(random.nextInt(3_000))));
        } else if (dice < 87) {
          steps.add(new Step.Trim(partition(), random.nextInt(101)));
        } else {
          steps.add(new Step.Rest(Duration.ofMillis(random.nextInt(3_000))));
        }
      }
      return steps;
    }

    private List<Step> readerSteps() {
      List<Step> steps = new ArrayList<>();
      int count = 4 + random.nextInt(6);
      for (int i = 0; i < count; i++) {
        int dice = random.nextInt(100);
        if (dice < 50) {
          steps.add(new Step.Read(partition(), 1 + random.nextInt(6), random.nextInt(3) == 0));
        } else if (dice < 60) {
          steps.add(new Step.CatchUp(partition()));
        } else if (dice < 80) {
          steps.add(new Step.Look(partition()));
        } else if (dice < 90) {
          steps.add(new Step.Acknowledge(partition(), 1 + random.nextInt(3)));
        } else {
          steps.add(new Step.Verify());
        }
      }
      return steps;
    }

    private List<Step> adminSteps() {
      List<Step> steps = new ArrayList<>();
      int count = 2 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        steps.add(new Step.Rest(Duration.ofMillis(random.nextInt(1_000))));
        int dice = random.nextInt(100);
        if (dice < 55) {
          steps.add(new Step.Fence());
          steps.add(new Step.Look(partition()));
          steps.add(new Step.Unfence());
        } else if (dice < 65) {
          steps.add(new Step.Unfence());
        } else if (dice < 80) {
          steps.add(new Step.Grow(Math.min(MOST_PARTITIONS, partitions + 1)));
        } else {
          steps.add(new Step.Settings(Duration.ofHours(1 + random.nextInt(10))));
        }
      }
      return steps;
    }

    /** Most go unnoticed, some are too far for a vacuum, and a few for making labels. */
    private Duration jump() {
      int dice = random.nextInt(20);
      long most = dice == 0 ? 3_000_000 : dice < 8 ? 900 : 60;
      return Duration.ofMillis((long) (1_000 * most * (2 * random.nextDouble() - 1)));
    }

    private List<Disturbance> disturbances(int machines) {
      List<Disturbance> all = new ArrayList<>();
      int count = random.nextInt(5);
      for (int i = 0; i < count; i++) {
        Duration at = Duration.ofMillis(random.nextInt(random.nextBoolean() ? 1_500 : 8_000));
        int machine = random.nextInt(machines);
        switch (random.nextInt(6)) {
          case 0, 1, 2 ->
              all.add(new Disturbance.Crash(at, machine, Duration.ofMillis(random.nextInt(5_000))));
          case 3, 4 ->
              all.add(
                  new Disturbance.Stall(
                      at, machine, Duration.ofMillis(1 + random.nextInt(20_000))));
          default -> all.add(new Disturbance.ClockJump(at, machine, jump()));
        }
      }
      return all;
    }
  }
}
