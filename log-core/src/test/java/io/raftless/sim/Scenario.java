package io.raftless.sim;

import io.raftless.index.IndexShape;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A few clients with a few steps each, of which every interleaving is looked at.
 *
 * @param founder what is done before anything else, in one order
 * @param actors a machine each
 * @param mishaps that may happen
 * @param mostMishaps in one schedule
 * @param restarts whether a machine that crashed starts again and goes on
 * @param isInOrder whether a machine's requests are done in the order in which it sent them
 * @param views what a machine's store is wrapped in, to show that the checks can fail
 */
record Scenario(
    String name,
    IndexShape shape,
    List<Step> founder,
    List<Actor> actors,
    Set<Mishap> mishaps,
    int mostMishaps,
    boolean restarts,
    boolean isInOrder,
    Map<String, UnaryOperator<ObjectStore>> views) {

  /**
   * One client on a machine of its own.
   *
   * @param clockAhead of its machine
   * @param before what it does before the others begin, in one order: it has old heads then
   * @param steps what it does while others do something
   * @param isPrompt whether it polls again as soon as its machine was answered something, and its
   *     machine is gone when it has done its steps. What a reader looks for at the end of the log
   *     while it has something to hand out makes no alternatives then
   */
  record Actor(
      String name, Duration clockAhead, List<Step> before, List<Step> steps, boolean isPrompt) {
    Actor {
      before = List.copyOf(before);
      steps = List.copyOf(steps);
    }

    /** One that has opened the log and looked at it before the others begin. */
    static Actor of(String name, Step... steps) {
      return new Actor(name, Duration.ZERO, List.of(new Step.Look(0)), List.of(steps), false);
    }

    Actor ahead(Duration time) {
      return new Actor(name, time, before, steps, isPrompt);
    }

    Actor after(Step... others) {
      return new Actor(name, clockAhead, List.of(others), steps, isPrompt);
    }

    Actor prompt() {
      return new Actor(name, clockAhead, before, steps, true);
    }
  }

  Scenario {
    founder = List.copyOf(founder);
    actors = List.copyOf(actors);
    mishaps = Set.copyOf(mishaps);
    views = Map.copyOf(views);
  }

  /** One without mishaps in which machines' requests are done in order. */
  static Scenario of(String name, IndexShape shape, List<Step> founder, Actor... actors) {
    return new Scenario(name, shape, founder, List.of(actors), Set.of(), 0, false, true, Map.of());
  }

  /** The same with one mishap at most. */
  Scenario withOne(Mishap... any) {
    return new Scenario(name, shape, founder, actors, Set.of(any), 1, restarts, isInOrder, views);
  }

  /** The same where machines that crash start again. */
  Scenario withRestarts() {
    return new Scenario(name, shape, founder, actors, mishaps, mostMishaps, true, isInOrder, views);
  }

  /** The same where a machine's requests overtake each other. */
  Scenario inAnyOrder() {
    return new Scenario(name, shape, founder, actors, mishaps, mostMishaps, restarts, false, views);
  }

  /** The same where this client sees the store through something. */
  Scenario through(String actor, UnaryOperator<ObjectStore> view) {
    return new Scenario(
        name,
        shape,
        founder,
        actors,
        mishaps,
        mostMishaps,
        restarts,
        isInOrder,
        Map.of(actor, view));
  }

  Scenario named(String other) {
    return new Scenario(
        other, shape, founder, actors, mishaps, mostMishaps, restarts, isInOrder, views);
  }

  /** As clients know it. */
  Plan plan() {
    List<Plan.Client> clients = new ArrayList<>();
    List<Duration> machines = new ArrayList<>();
    for (Actor actor : actors) {
      List<Step> steps = new ArrayList<>(actor.before());
      steps.addAll(actor.steps());
      clients.add(new Plan.Client(actor.name(), machines.size(), steps));
      machines.add(actor.clockAhead());
    }
    return new Plan(
        1, 1, true, shape, Duration.ofSeconds(30), Faults.NONE, machines, clients, List.of());
  }
}
