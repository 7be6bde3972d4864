package io.raftless.sim;

import io.raftless.cas.UpdateException;
import io.raftless.format.FormatException;
import io.raftless.format.LogRecord;
import io.raftless.head.LogSettings;
import io.raftless.log.LogId;
import io.raftless.log.LogOptions;
import io.raftless.log.LogReader;
import io.raftless.log.PartitionStatus;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.SimulatedLogs;
import io.raftless.log.StartAt;
import io.raftless.maintenance.VerifyOptions;
import io.raftless.maintenance.VerifyReport;
import io.raftless.runtime.Waiting;
import io.raftless.sim.check.Checks;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan, from the creation of the log until everybody is done and nothing is under way any
 * more; then an observer reads what is there.
 */
final class Simulation implements Environment {
  static final LogId LOG = LogId.of("p", "log");

  /** Where its objects are. */
  private static final long SECOND = 1_000_000_000L;

  /** After this long faults end, so that whoever retries comes to an end. */
  private static final long HEALED_AFTER = 120 * SECOND;

  private static final long ENDED_AFTER = 7_200 * SECOND;

  private static final int MOST_STEPS = 400_000;

  /**
   * How it ended.
   *
   * @param violation null if nothing was found
   */
  record Outcome(
      Plan plan,
      Journal journal,
      Observations observations,
      List<FinalState> finalStates,
      Reached reached,
      int requests,
      @Nullable Violation violation) {}

  /**
   * What the observer found in a partition at the end.
   *
   * @param records what is readable, from {@code startOffset} on
   */
  record FinalState(int partition, long startOffset, long nextOffset, List<String> records) {}

  private final Plan plan;
  private final TimedSchedule schedule;
  private final World world;
  private final Observations observations;
  private final Reached reached = new Reached();
  private final List<Client> clients = new ArrayList<>();
  private final Map<Machine, CompletableFuture<RaftlessLog>> logs = new HashMap<>();
  private final Map<Machine, Integer> livesOfLogs = new HashMap<>();
  private final List<FinalState> finalStates = new ArrayList<>();
  private final CheckedRun checks;
  private @Nullable Violation violation;

  Simulation(Plan plan, Strands strands) {
    this.plan = plan;
    this.schedule = new TimedSchedule(new Random(plan.seed() ^ 0x5eed), Faults.NONE);
    this.world = new World(schedule, strands, plan.seed(), plan.hasDigests());
    this.observations = new Observations(world.journal());
    this.checks = new CheckedRun(world, observations, this::report);
  }

  @Override
  public Plan plan() {
    return plan;
  }

  World world() {
    return world;
  }

  @Override
  public Observations observations() {
    return observations;
  }

  @Override
  public Reached reached() {
    return reached;
  }

  Checks checks() {
    return checks.checks();
  }

  /** What was found, if anything. */
  @Nullable Violation violation() {
    return violation;
  }

  /** Who looks at the world whenever a request has taken effect; throws {@link Violation}. */
  void watch(Consumer<StoreRequest<?>> watcher) {
    world.observe(watcher);
  }

  /** From beginning to end. */
  Outcome run() {
    try {
      create();
      schedule.misbehave(plan.faults());
      begin();
      while (!clients.stream().allMatch(Client::isDone)) {
        step();
      }
      schedule.heal();
      while (step()) {
        // Whatever is still under way.
      }
      observe();
      checks.ended(finalStates);
    } catch (Violation found) {
      violation = found;
    } catch (RuntimeException | Error e) {
      violation = new Violation("NoUnexpectedError", String.valueOf(e), e);
    } finally {
      world.machines().forEach(Machine::crash);
    }
    return new Outcome(
        plan, world.journal(), observations, finalStates, reached, world.requests(), violation);
  }

  private boolean step() {
    boolean isAny = schedule.step();
    if (violation != null) {
      throw violation;
    }
    if (schedule.nowNanos() > HEALED_AFTER) {
      schedule.heal();
    }
    if (schedule.nowNanos() > ENDED_AFTER || schedule.stepsDone() > MOST_STEPS) {
      throw new Violation(
          "EverybodyEnds",
          "after "
              + Duration.ofNanos(schedule.nowNanos())
              + " and "
              + schedule.stepsDone()
              + " steps still at it: "
              + clients.stream().filter(client -> !client.isDone()).map(Client::name).toList());
    }
    if (!isAny && !clients.stream().allMatch(Client::isDone)) {
      throw new Violation(
          "EverybodyEnds",
          "nothing will happen any more, but somebody waits: "
              + clients.stream().filter(client -> !client.isDone()).map(Client::name).toList());
    }
    return isAny;
  }

  private LogOptions options() {
    return new LogOptions(plan.commitTimeout(), plan.shape());
  }

  private void create() {
    Machine founder = world.start("founder", Duration.ZERO);
    founder.spawn(
        () ->
            SimulatedLogs.create(
                founder.store(),
                LOG,
                plan.partitions(),
                LogSettings.DEFAULTS,
                options(),
                founder.runtime()));
    while (step()) {
      // Until it is there.
    }
  }

  private void begin() {
    List<Machine> machines = new ArrayList<>();
    for (int i = 0; i < plan.machines().size(); i++) {
      machines.add(world.start("machine" + i, plan.machines().get(i)));
    }
    for (Plan.Client client : plan.clients()) {
      clients.add(new Client(this, client, machines.get(client.machine())));
    }
    clients.forEach(Client::start);
    for (Disturbance disturbance : plan.disturbances()) {
      Machine machine = machines.get(disturbance.machine());
      schedule.at(
          schedule.nowNanos() + disturbance.at().toNanos(), () -> disturb(machine, disturbance));
    }
  }

  private void disturb(Machine machine, Disturbance disturbance) {
    if (disturbance instanceof Disturbance.Crash crash) {
      machine.crash();
      schedule.at(schedule.nowNanos() + crash.restartAfter().toNanos(), () -> restart(machine));
    } else if (disturbance instanceof Disturbance.Stall stall) {
      machine.stall(stall.time());
    } else if (disturbance instanceof Disturbance.ClockJump jump) {
      machine.jump(jump.by());
    }
    reached.add(disturbance.getClass().getSimpleName());
  }

  private void restart(Machine machine) {
    if (machine.isAlive()) {
      return;
    }
    machine.restart();
    for (Client client : clients) {
      if (client.machine() == machine && !client.isDone()) {
        client.start();
      }
    }
  }

  @Override
  public void pause(Client client, int step, Random random) {
    client.machine().sleep(Duration.ofMillis(1 + random.nextInt(200)));
  }

  @Override
  public void pausePolling(Client client, Duration time) {
    client.machine().sleep(time);
  }

  /** The handle that all clients on a machine share, as long as the machine lives. */
  @Override
  public RaftlessLog logOn(Machine machine) {
    CompletableFuture<RaftlessLog> there = logs.get(machine);
    Integer life = livesOfLogs.get(machine);
    if (there == null || life == null || life != machine.life()) {
      there = new CompletableFuture<>();
      logs.put(machine, there);
      livesOfLogs.put(machine, machine.life());
      try {
        there.complete(SimulatedLogs.open(machine.store(), LOG, options(), machine.runtime()));
      } catch (RaftlessException e) {
        logs.remove(machine);
        there.completeExceptionally(e);
      }
    }
    return Waiting.join(there);
  }

  /** A client's step ended with an error of the API; not every one may be. */
  @Override
  public void expected(Client client, @Nullable Step step, RaftlessException trouble) {
    reached.add(trouble.getClass().getSimpleName());
    boolean isDamage = trouble instanceof RaftlessException.Corrupted;
    boolean isGone =
        trouble instanceof RaftlessException.LogNotFound
            || trouble instanceof RaftlessException.OtherIncarnation
            || trouble instanceof RaftlessException.LogExists;
    if (hidesABrokenInvariant(trouble) && plan.faults().bitFlips() == 0) {
      report(
          new Violation(
              "NoUnexpectedError",
              client.name() + (step == null ? "" : " in " + step) + " was told " + trouble,
              trouble));
    }
    if (isGone || (isDamage && plan.faults().bitFlips() == 0)) {
      report(
          new Violation(
              isDamage ? "NoReaderError" : "NoUnexpectedError",
              client.name() + (step == null ? "" : " in " + step) + " was told " + trouble,
              trouble));
    }
  }

  /**
   * What the code found wrong with itself while an attempt was undecided comes as "unknown", which
   * everybody takes for the weather.
   */
  private static boolean hidesABrokenInvariant(RaftlessException trouble) {
    if (!(trouble.getCause() instanceof UpdateException update)) {
      return false;
    }
    Throwable cause = update.getCause();
    return (cause instanceof IllegalStateException && !Client.isClockTrouble(cause))
        || cause instanceof IllegalArgumentException
        || cause instanceof FormatException;
  }

  /** Ends the run; to be used where an exception would be swallowed. */
  @Override
  public void report(Violation found) {
    if (violation == null) {
      violation = found;
    }
  }

  private void observe() {
    Machine observer = world.start("observer", Duration.ZERO);
    observer.spawn(
        () -> {
          try {
            finalStates.addAll(look(observer, options()));
          } catch (RaftlessException e) {
            report(new Violation("NoReaderError", "the observer was told " + e, e));
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts strands", e);
          }
        });
    while (step()) {
      // Until it has seen everything.
    }
  }

  /** Reads everything that is there, and verifies it. */
  static List<FinalState> look(Machine observer, LogOptions options) throws InterruptedException {
    List<FinalState> finalStates = new ArrayList<>();
    RaftlessLog log = SimulatedLogs.open(observer.store(), LOG, options, observer.runtime());
    for (int partition = 0; partition < log.partitions(); partition++) {
      PartitionStatus status = Waiting.join(log.status(partition));
      List<String> records = new ArrayList<>();
      try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
        reader.assign(partition, StartAt.offset(status.startOffset()));
        long at = status.startOffset();
        while (at < status.nextOffset()) {
          Optional<ReadBatch> batch = reader.poll(Duration.ZERO);
          if (batch.isEmpty()) {
            observer.sleep(Duration.ofMillis(10));
            continue;
          }
          if (batch.get().baseOffset() != at) {
            throw new Violation(
                "ReadersSeePrefixes", "after offset " + at + " comes " + batch.get().baseOffset());
          }
          batch.get().records().forEach(record -> records.add(text(record)));
          at = batch.get().nextOffset();
        }
      }
      finalStates.add(
          new FinalState(partition, status.startOffset(), status.nextOffset(), records));
    }
    VerifyReport report = log.verify(VerifyOptions.full());
    if (!report.isIntact()) {
      throw new Violation("VerifyFindsNothing", report.toString());
    }
    return finalStates;
  }

  /** The text of a record that a client of the simulation made. */
  static String text(LogRecord record) {
    byte[] value = record.value();
    return value == null ? "" : new String(value, StandardCharsets.UTF_8);
  }
}
