package io.raftless.sim;

import io.raftless.index.IndexShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Kinds of plans. Some bugs show only where several things that are rare come together; for these
 * there are plans in which they are not rare.
 */
enum Emphasis {
  /** The plans that every build runs. */
  USUAL {
    @Override
    Plan plan(long seed) {
      return Plan.of(seed);
    }
  },

  /** The usual ones, but nothing works as it should, and nobody has much patience. */
  STORMY {
    @Override
    Plan plan(long seed) {
      Plan plan = Plan.of(seed).withFaults(new Faults(0.5, 0.1, 0.3, 0, 0.05));
      return new Plan(
          seed,
          plan.partitions(),
          plan.hasDigests(),
          plan.shape(),
          Duration.ofMillis(1_000 + new Random(seed).nextInt(2_000)),
          plan.faults(),
          plan.machines(),
          plan.clients(),
          plan.disturbances());
    }
  },

  /**
   * One partition with a small index; several keepers, each on a machine of its own, compact, trim
   * and vacuum what the others compact, trim and vacuum, while somebody reads. Machines stall.
   */
  KEEPERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      clients.add(new Plan.Client("writer", 0, writing(random, 20)));
      for (int i = 1; i <= 3; i++) {
        clients.add(new Plan.Client("keeper" + i, i, keeping(random, 10)));
      }
      clients.add(new Plan.Client("reader1", 4, reading(random, 12)));
      clients.add(new Plan.Client("reader2", 0, reading(random, 12)));
      return made(seed, random, 1, 5, clients);
    }

    private List<Step> writing(Random random, int count) {
      List<Step> steps = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        switch (random.nextInt(6)) {
          case 0, 1, 2 -> steps.add(new Step.Append(0, 1 + random.nextInt(3)));
          case 3 -> steps.add(new Step.Stage(List.of(0), 1));
          case 4 -> steps.add(new Step.Commit(random.nextInt(8), false));
          default -> steps.add(new Step.Flush());
        }
      }
      return steps;
    }

    private List<Step> keeping(Random random, int count) {
      return drawn(
          count,
          () ->
              switch (random.nextInt(5)) {
                case 0, 1 -> new Step.Compact(0);
                case 2 -> new Step.Trim(0, random.nextInt(101));
                default -> new Step.Vacuum(Duration.ofMillis(random.nextInt(300)));
              });
    }

    private List<Step> reading(Random random, int count) {
      return drawn(
          count,
          () ->
              random.nextInt(3) == 0
                  ? new Step.Acknowledge(0, 1 + random.nextInt(3))
                  : new Step.Read(0, 1 + random.nextInt(8), random.nextBoolean()));
    }
  },

  /** The same, but whoever reads reads on until it has caught up. */
  READERS {
    @Override
    Plan plan(long seed) {
      Plan plan = KEEPERS.plan(seed);
      return plan.withClients(
          plan.clients().stream()
              .map(
                  client ->
                      client.name().startsWith("reader")
                          ? new Plan.Client(
                              client.name(),
                              client.machine(),
                              Collections.nCopies(client.steps().size(), new Step.CatchUp(0)))
                          : client)
              .toList());
    }
  },

  /** Several compactors on one partition, in the middle of appends. */
  COMPACTORS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      clients.add(
          new Plan.Client(
              "writer",
              0,
              drawn(
                  16,
                  () ->
                      random.nextInt(3) == 0
                          ? new Step.Flush()
                          : new Step.AppendTogether(0, 1 + random.nextInt(30), false))));
      for (int i = 1; i <= 4; i++) {
        clients.add(
            new Plan.Client(
                "keeper" + i,
                i,
                drawn(
                    10,
                    () ->
                        random.nextInt(4) == 0
                            ? new Step.Trim(0, random.nextBoolean() ? 100 : random.nextInt(101))
                            : new Step.Compact(0))));
      }
      return made(seed, random, 1, 5, clients);
    }
  },

  /** Several administrators fence, unfence and add partitions. */
  FENCERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        List<Step> steps = new ArrayList<>();
        for (int j = 0; j < 5; j++) {
          steps.add(random.nextBoolean() ? new Step.Fence() : new Step.Unfence());
          steps.add(
              random.nextInt(4) == 0
                  ? new Step.Grow(Plan.MOST_PARTITIONS)
                  : new Step.Append(random.nextInt(2), 1));
        }
        clients.add(new Plan.Client("admin" + i, i, steps));
      }
      return made(seed, random, 2, 3, clients);
    }
  },

  /** Several clients acquire one writer id, and store positions. */
  HOLDERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        List<Step> steps = new ArrayList<>(List.of(new Step.Acquire("alpha")));
        steps.addAll(
            drawn(
                10,
                () ->
                    switch (random.nextInt(8)) {
                      case 0 -> new Step.Acquire("alpha");
                      case 1 -> new Step.AcquireAgain();
                      case 2, 3, 4 -> new Step.StorePosition(random.nextInt(2));
                      case 5 -> new Step.AppendWithPosition(random.nextInt(2));
                      case 6 -> new Step.Flush();
                      default -> new Step.Append(random.nextInt(2), 1);
                    }));
        clients.add(new Plan.Client("writer" + i, i, steps));
      }
      return made(seed, random, 2, 3, clients);
    }
  },

  /** Everybody commits what anybody staged, again and again, while it sinks into the index. */
  COMMITTERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        List<Step> steps = new ArrayList<>(List.of(new Step.Stage(List.of(0), 1)));
        steps.addAll(
            drawn(
                12,
                () ->
                    switch (random.nextInt(8)) {
                      case 0 -> new Step.Stage(List.of(0), 1);
                      case 1, 2 -> new Step.AppendTogether(0, 1, false);
                      default -> new Step.Commit(random.nextInt(5), false);
                    }));
        clients.add(new Plan.Client("writer" + i, i, steps));
      }
      clients.add(new Plan.Client("keeper", 4, drawn(4, () -> new Step.Compact(0))));
      return made(seed, random, 1, 5, clients);
    }
  },

  /** Whatever is appended is trimmed and vacuumed at once, often before anybody knows of it. */
  FORGETTERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        List<Step> steps =
            drawn(
                12,
                () ->
                    random.nextInt(3) == 0
                        ? new Step.Flush()
                        : new Step.AppendTogether(0, 1, random.nextInt(3) == 0));
        clients.add(new Plan.Client("writer" + i, i, steps));
      }
      for (int i = 2; i < 4; i++) {
        List<Step> steps = new ArrayList<>();
        for (int j = 0; j < 8; j++) {
          steps.add(new Step.Trim(0, 100));
          steps.add(new Step.Vacuum(Duration.ZERO));
        }
        clients.add(new Plan.Client("keeper" + i, i, steps));
      }
      return new Plan(
          seed,
          1,
          random.nextBoolean(),
          new IndexShape(4, 3, 2, 0),
          Duration.ofMillis(1_000 + random.nextInt(5_000)),
          new Faults(0.3, 0.02, 0.02, 0, 0.05),
          List.of(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
          clients,
          List.of());
    }
  },

  /** A partition is added while several vacuums, some of them slow, are under way. */
  GROWERS {
    @Override
    Plan plan(long seed) {
      Random random = new Random(seed);
      List<Plan.Client> clients = new ArrayList<>();
      clients.add(
          new Plan.Client(
              "grower",
              0,
              List.of(
                  new Step.Append(0, 1),
                  new Step.Rest(Duration.ofMillis(random.nextInt(500))),
                  new Step.Grow(2),
                  new Step.Append(1, 1),
                  new Step.Flush(),
                  new Step.Append(1, 1),
                  new Step.Flush())));
      for (int i = 1; i <= 3; i++) {
        clients.add(
            new Plan.Client("keeper" + i, i, drawn(8, () -> new Step.Vacuum(Duration.ZERO))));
      }
      return new Plan(
          seed,
          1,
          random.nextBoolean(),
          new IndexShape(4, 3, 2, 0),
          Duration.ofSeconds(10),
          new Faults(0, 0, 0, 0, 0.15),
          List.of(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
          clients,
          List.of());
    }
  },

  /**
   * Plans of other kinds in which small batches are committed inside the head. It has room for none
   * to some ten of them, so that they are written out all the time.
   */
  INLINE {
    @Override
    Plan plan(long seed) {
      List<Emphasis> kinds = List.of(USUAL, STORMY, KEEPERS, READERS, COMPACTORS, FORGETTERS);
      Plan plan = kinds.get((int) Math.floorMod(seed, (long) kinds.size())).plan(seed);
      int room = 60 + new Random(seed).nextInt(900);
      return plan.withShape(plan.shape().withInlineBytes(room));
    }
  };

  abstract Plan plan(long seed);

  private static List<Step> drawn(int count, Supplier<Step> draw) {
    return IntStream.range(0, count).mapToObj(i -> draw.get()).toList();
  }

  /** With everything that is not said. */
  private static Plan made(
      long seed, Random random, int partitions, int machines, List<Plan.Client> clients) {
    List<Disturbance> disturbances = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      Duration at = Duration.ofMillis(random.nextInt(3_000));
      int machine = random.nextInt(machines);
      disturbances.add(
          random.nextInt(4) == 0
              ? new Disturbance.Crash(at, machine, Duration.ofMillis(random.nextInt(1_000)))
              : new Disturbance.Stall(at, machine, Duration.ofMillis(random.nextInt(3_000))));
    }
    return new Plan(
        seed,
        partitions,
        random.nextBoolean(),
        random.nextBoolean() ? new IndexShape(3, 2, 3, 0) : new IndexShape(4, 3, 2, 0),
        Duration.ofMillis(1_000 + random.nextInt(10_000)),
        random.nextInt(3) == 0 ? Faults.NONE : new Faults(0.2, 0.05, 0.2, 0, 0.05),
        IntStream.range(0, machines)
            .mapToObj(i -> Duration.ofMillis(random.nextInt(2_000) - 1_000))
            .toList(),
        clients,
        disturbances);
  }
}
