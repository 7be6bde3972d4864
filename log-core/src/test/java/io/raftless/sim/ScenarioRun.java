package io.raftless.sim;

import io.raftless.head.LogSettings;
import io.raftless.log.LogOptions;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.SimulatedLogs;
import io.raftless.log.WriterClaim;
import io.raftless.runtime.Waiting;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One run of a scenario: somebody says which move is next, as long as there are any. */
final class ScenarioRun implements Environment {

  /**
   * What was there before the others began. It is made once.
   *
   * @param objects by their keys
   * @param events tells a run's checks and observations what happened
   * @param staged batches that were uploaded
   * @param lastFence generation of the last fence; 0 if there was none
   * @param references what heads refer to, kept for all runs
   */
  record Foundation(
      Map<String, ByteBuffer> objects,
      List<Consumer<ScenarioRun>> events,
      List<Observations.Staged> staged,
      long lastFence,
      References references) {}

  /**
   * A conditional replacement that took effect or found another state.
   *
   * @param on what it was to replace
   * @param by what is there instead; null if it found another state
   */
  record Replacement(ETag on, @Nullable ETag by) {}

  private static final String FOUNDER = "founder";

  /** The others begin long after the founder ended. */
  private static final long BEGINNING = TimeUnit.HOURS.toNanos(1);

  private final Scenario scenario;
  private final Plan plan;
  private final ExhaustiveSchedule schedule;
  private final World world;
  private final Observations observations;
  private final CheckedRun checks;
  private final Reached reached = new Reached();
  private final List<Client> clients = new ArrayList<>();
  private final Map<Client, CompletableFuture<Void>> gates = new HashMap<>();
  private final Map<Machine, CompletableFuture<RaftlessLog>> logs = new HashMap<>();
  private final Map<Machine, Integer> livesOfLogs = new HashMap<>();
  private final Map<Machine, UnaryOperator<ObjectStore>> views = new HashMap<>();

  /** Who waits for its machine to be answered something. */
  private final Map<Machine, CompletableFuture<Void>> pollers = new HashMap<>();

  /** How often each machine was told something. */
  private final Map<Integer, Integer> tolds = new HashMap<>();

  private List<Simulation.FinalState> finalStates = List.of();
  private boolean hasBegun;

  /** Of each head, what it refers to. */
  private final Map<String, Set<String>> references = new HashMap<>();

  private Set<String> dropped = Set.of();
  private @Nullable Replacement replacement;
  private boolean wasChanged;
  private boolean wasAsked;
  private boolean wasTold;
  private @Nullable Violation violation;

  private ScenarioRun(
      Scenario scenario,
      Strands strands,
      long beginning,
      Plan plan,
      ExhaustiveSchedule.@Nullable Fate fate) {
    this.scenario = scenario;
    this.plan = plan;
    this.schedule =
        new ExhaustiveSchedule(
            beginning,
            scenario.mishaps(),
            fate == null ? scenario.mostMishaps() : 0,
            scenario.isInOrder(),
            fate);
    this.world = new World(schedule, strands, plan.seed(), plan.hasDigests());
    this.observations = new Observations(world.journal());
    this.checks = new CheckedRun(world, observations, this::report);
  }

  /** Does what the founder of the scenario does. */
  static Foundation found(Scenario scenario, Strands strands) {
    Plan plan = scenario.plan();
    Plan.Client founder = new Plan.Client(FOUNDER, 0, scenario.founder());
    ScenarioRun run =
        new ScenarioRun(scenario, strands, 0, plan.withClients(List.of(founder)), null);
    Machine machine = run.world.start(FOUNDER, Duration.ZERO);
    List<Consumer<ScenarioRun>> events = new ArrayList<>();
    run.world.observe(request -> record(request, events));
    run.observations.listen(new Recorder(run.checks, events));
    machine.spawn(
        () ->
            SimulatedLogs.create(
                machine.store(),
                Simulation.LOG,
                plan.partitions(),
                LogSettings.DEFAULTS,
                run.options(),
                machine.runtime()));
    run.schedule.alone(machine);
    Client client = new Client(run, founder, machine);
    client.start();
    run.schedule.alone(machine);
    run.throwIfFound();
    if (!client.isDone()) {
      throw new IllegalStateException("the founder did not come to an end");
    }
    Map<String, ByteBuffer> objects = new HashMap<>();
    for (String key : run.world.disk().keys()) {
      objects.put(key, run.world.disk().body(key).orElseThrow());
    }
    machine.crash();
    return new Foundation(
        objects, events, run.observations.staged(), run.observations.lastFence(), new References());
  }

  private static void record(StoreRequest<?> request, List<Consumer<ScenarioRun>> events) {
    if (!request.isApplied() || !request.kind().isWrite()) {
      if (request.kind() == StoreRequest.Kind.DELETE) {
        throw new IllegalStateException("a founder does not vacuum: runs need all that it wrote");
      }
      return;
    }
    String key = request.key();
    boolean isCreate = request.kind() == StoreRequest.Kind.CREATE;
    ByteBuffer body = request.body();
    events.add(run -> run.checks.checks().written(key, isCreate, body.duplicate(), FOUNDER));
  }

  /** Keeps what the founder asks and is told. */
  private record Recorder(CheckedRun checks, List<Consumer<ScenarioRun>> events)
      implements Observations.Listener {
    @Override
    public void asked(Observations.Asked asked, String client, Call call) {
      checks.asked(asked, client, call);
      events.add(
          run -> {
            if (!run.observations
                .asked(run.founder(), client, asked.partition(), call)
                .equals(asked)) {
              throw new IllegalStateException("calls have other numbers than in the founder's run");
            }
          });
    }

    @Override
    public void told(Observations.Asked asked, String client, Call call, Answer answer) {
      checks.told(asked, client, call, answer);
      events.add(run -> run.observations.told(run.founder(), asked, answer));
    }

    @Override
    public void carries(String batch, String position) {
      checks.carries(batch, position);
      events.add(run -> run.checks.carries(batch, position));
    }

    @Override
    public void stores(WriterClaim claim, @Nullable String expected, String position) {
      checks.stores(claim, expected, position);
      events.add(run -> run.checks.stores(claim, expected, position));
    }
  }

  private Machine founder() {
    return world.machines().get(0);
  }

  /** A run up to the first move. */
  static ScenarioRun begin(
      Scenario scenario,
      Foundation foundation,
      Strands strands,
      ExhaustiveSchedule.@Nullable Fate fate) {
    ScenarioRun run = new ScenarioRun(scenario, strands, BEGINNING, scenario.plan(), fate);
    try {
      run.begin(foundation);
    } catch (RuntimeException | Error e) {
      run.end();
      throw e;
    }
    return run;
  }

  private void begin(Foundation foundation) {
    foundation
        .objects()
        .forEach((key, body) -> world.disk().store().putIfAbsent(key, body.duplicate()).join());
    world.start(FOUNDER, Duration.ZERO);
    foundation.events().forEach(event -> event.accept(this));
    throwIfFound();
    foundation.staged().forEach(observations::keep);
    observations.fenced(foundation.lastFence());
    observations.listen(new Ear());
    for (String key : foundation.objects().keySet()) {
      if (key.endsWith("/head")) {
        world
            .disk()
            .body(key)
            .ifPresent(
                body -> references.put(key, foundation.references().of(world.disk(), key, body)));
      }
    }
    world.observe(request -> tookEffect(foundation, request));
    for (int i = 0; i < plan.clients().size(); i++) {
      Plan.Client client = plan.clients().get(i);
      Machine machine = world.start(client.name(), plan.machines().get(i));
      clients.add(new Client(this, client, machine));
      UnaryOperator<ObjectStore> view = scenario.views().get(client.name());
      if (view != null) {
        views.put(machine, view);
      }
    }
    for (Client client : clients) {
      gates.put(client, new CompletableFuture<>());
      client.start();
      schedule.alone(client.machine());
    }
    hasBegun = true;
    clients.forEach(client -> gateOf(client).complete(null));
    schedule.settle();
    throwIfFound();
  }

  private void tookEffect(Foundation foundation, StoreRequest<?> request) {
    if (request.outcome() instanceof GetOutcome.Missing) {
      reached.add("missed by " + request.kind());
    }
    ETag on = request.expected();
    if (request.kind() == StoreRequest.Kind.REPLACE && on != null) {
      if (request.outcome() instanceof PutOutcome.Stored stored) {
        replacement = new Replacement(on, stored.etag());
      } else if (request.outcome() instanceof PutOutcome.Conflict) {
        replacement = new Replacement(on, null);
      }
    }
    boolean isChange = request.kind().isWrite() || request.kind() == StoreRequest.Kind.DELETE;
    if (!isChange || !request.isApplied()) {
      return;
    }
    wasChanged = true;
    String key = request.key();
    if (request.kind() == StoreRequest.Kind.REPLACE && key.endsWith("/head")) {
      Set<String> now = foundation.references().of(world.disk(), key, request.body());
      Set<String> before = references.put(key, now);
      if (before != null) {
        dropped = new HashSet<>(before);
        dropped.removeAll(now);
      }
    }
  }

  private CompletableFuture<Void> gateOf(Client client) {
    CompletableFuture<Void> gate = gates.get(client);
    return gate == null ? CompletableFuture.completedFuture(null) : gate;
  }

  ExhaustiveSchedule schedule() {
    return schedule;
  }

  World world() {
    return world;
  }

  /** One step. */
  void perform(Move move) {
    dropped = Set.of();
    replacement = null;
    wasChanged = false;
    wasAsked = false;
    wasTold = false;
    Machine machine = schedule.machine(move.lane());
    schedule.perform(move);
    CompletableFuture<Void> poller = pollers.remove(machine);
    if (poller != null) {
      poller.complete(null);
      schedule.settle();
    }
    leaveIfDone(machine);
    Mishap mishap = move.mishap();
    if (mishap != null && mishap.isCrash() && scenario.restarts()) {
      machine.restart();
      for (Client client : clients) {
        if (client.machine() == machine && !client.isDone()) {
          client.start();
        }
      }
      schedule.settle();
    }
    throwIfFound();
  }

  private void leaveIfDone(Machine machine) {
    for (Client client : clients) {
      if (client.machine() == machine
          && client.isDone()
          && machine.isAlive()
          && actor(client).isPrompt()) {
        schedule.leave(machine);
      }
    }
  }

  private Scenario.Actor actor(Client client) {
    return scenario.actors().stream()
        .filter(actor -> actor.name().equals(client.name()))
        .findAny()
        .orElseThrow();
  }

  /** Whether the store is another one since the last step. */
  boolean wasChanged() {
    return wasChanged;
  }

  /** What the store made of a replacement in the last step; null if it had none to decide on. */
  @Nullable Replacement replacement() {
    return replacement;
  }

  /** Names of the objects that a head does not refer to any more since the last step. */
  Set<String> dropped() {
    return dropped;
  }

  /** Whether somebody made a call in the last step. */
  boolean wasAsked() {
    return wasAsked;
  }

  /** Whether somebody heard of a call in the last step. */
  boolean wasTold() {
    return wasTold;
  }

  /**
   * What is judged is also which calls were answered before which were made: so who makes a call
   * has something in its memory, as it were, of all that were answered. A read may be of an old
   * state, so it does not matter when it was asked for.
   */
  private final class Ear implements Observations.Listener {
    @Override
    public void asked(Observations.Asked asked, String client, Call call) {
      checks.asked(asked, client, call);
      if (hasBegun && (!(call instanceof Call.Read read) || read.isFresh())) {
        wasAsked = true;
        int lane = laneOf(client);
        for (Client other : clients) {
          int its = schedule.laneOf(other.machine());
          if (its != lane) {
            schedule.note(lane, tolds.getOrDefault(its, 0));
          }
        }
      }
    }

    @Override
    public void told(Observations.Asked asked, String client, Call call, Answer answer) {
      checks.told(asked, client, call, answer);
      if (hasBegun) {
        wasTold = true;
        tolds.merge(laneOf(client), 1, Integer::sum);
      }
    }

    @Override
    public void carries(String batch, String position) {
      checks.carries(batch, position);
    }

    @Override
    public void stores(WriterClaim claim, @Nullable String expected, String position) {
      checks.stores(claim, expected, position);
    }

    /** Of the machine of the client that this is a stream of. */
    private int laneOf(String stream) {
      for (Client client : clients) {
        if (stream.startsWith(client.name() + "~")) {
          return schedule.laneOf(client.machine());
        }
      }
      throw new IllegalStateException("nobody's stream: " + stream);
    }
  }

  /** Nothing will happen any more: looks at what is there. */
  void observe() {
    for (Client client : clients) {
      if (client.machine().isAlive() && !client.isDone()) {
        throw new Violation("EverybodyEnds", client.name() + " waits, and nothing will happen");
      }
    }
    Machine observer = world.start("observer", Duration.ZERO);
    List<List<Simulation.FinalState>> seen = new ArrayList<>();
    observer.spawn(
        () -> {
          try {
            seen.add(Simulation.look(observer, options()));
          } catch (RaftlessException e) {
            report(new Violation("NoReaderError", "the observer was told " + e, e));
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts strands", e);
          }
        });
    schedule.alone(observer);
    throwIfFound();
    if (seen.isEmpty()) {
      throw new Violation("EverybodyEnds", "the observer waits, and nothing will happen");
    }
    finalStates = seen.get(0);
    checks.ended(finalStates);
  }

  /** All that clients were told, and what is there at the end. */
  String outcome() {
    StringBuilder text = new StringBuilder();
    List<String> lines = new ArrayList<>();
    observations
        .told()
        .forEach(told -> lines.add(told.client() + " " + told.call() + " " + told.answer()));
    lines.sort(null);
    lines.forEach(line -> text.append(line).append('\n'));
    finalStates.forEach(state -> text.append(state).append('\n'));
    world.disk().keys().forEach(key -> text.append(key).append('\n'));
    return text.toString();
  }

  /** The machines are no more. */
  void end() {
    world.machines().forEach(Machine::crash);
  }

  private void throwIfFound() {
    if (violation != null) {
      throw violation;
    }
  }

  private LogOptions options() {
    return new LogOptions(plan.commitTimeout(), plan.shape());
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public Observations observations() {
    return observations;
  }

  @Override
  public Reached reached() {
    return reached;
  }

  @Override
  public RaftlessLog logOn(Machine machine) {
    CompletableFuture<RaftlessLog> there = logs.get(machine);
    Integer life = livesOfLogs.get(machine);
    if (there == null || life == null || life != machine.life()) {
      there = new CompletableFuture<>();
      logs.put(machine, there);
      livesOfLogs.put(machine, machine.life());
      ObjectStore store =
          views.getOrDefault(machine, UnaryOperator.identity()).apply(machine.store());
      try {
        there.complete(SimulatedLogs.open(store, Simulation.LOG, options(), machine.runtime()));
      } catch (RaftlessException e) {
        logs.remove(machine);
        there.completeExceptionally(e);
      }
    }
    return Waiting.join(there);
  }

  /** At once, but for the first step that others take part in. */
  @Override
  public void pause(Client client, int step, Random random) {
    for (int i = 0; i < scenario.actors().size(); i++) {
      Scenario.Actor actor = scenario.actors().get(i);
      if (actor.name().equals(client.name()) && actor.before().size() == step) {
        Waiting.join(gateOf(client));
      }
    }
  }

  @Override
  public void pausePolling(Client client, Duration time) {
    if (hasBegun && actor(client).isPrompt()) {
      Waiting.join(pollers.computeIfAbsent(client.machine(), any -> new CompletableFuture<>()));
    } else {
      client.machine().sleep(time);
    }
  }

  @Override
  public void expected(Client client, @Nullable Step step, RaftlessException trouble) {
    reached.add(trouble.getClass().getSimpleName());
    boolean isDamage = trouble instanceof RaftlessException.Corrupted;
    if (isDamage
        || trouble instanceof RaftlessException.LogNotFound
        || trouble instanceof RaftlessException.OtherIncarnation
        || trouble instanceof RaftlessException.LogExists) {
      report(
          new Violation(
              isDamage ? "NoReaderError" : "NoUnexpectedError",
              client.name() + (step == null ? "" : " in " + step) + " was told " + trouble,
              trouble));
    }
  }

  @Override
  public void report(Violation found) {
    if (violation == null) {
      violation = found;
    }
  }
}
