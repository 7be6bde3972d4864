package io.raftless.flink.sink.failure;

import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a sink in all its attempts, and what it did: every step is counted by its place
 * and by the generation of its actor, so that a failure strikes the same step in each run.
 *
 * <p>Thread-safe. Tasks find it by name, as it does not travel in job graphs.
 */
final class Script {
  private static final Map<String, Script> SCRIPTS = new ConcurrentHashMap<>();

  private final String name = UUID.randomUUID().toString();
  private final ObjectStore backdoor;
  private final List<Failure> failures;

  /** Guarded by this. */
  private final Map<String, List<Actor>> actors = new HashMap<>();

  /** Guarded by this. */
  private final Map<Step, Integer> steps = new LinkedHashMap<>();

  /** Guarded by this. */
  private final List<Failure> struck = new ArrayList<>();

  /** Requests that are under way for longer than those who sent them live, by key. */
  private final Map<String, Late> late = new ConcurrentHashMap<>();

  private final List<PutOutcome> arrivals = new ArrayList<>();
  private final Map<Failure, Hold> holds = new ConcurrentHashMap<>();

  /** By job, the smallest and the largest element that it handed through. Guarded by this. */
  private final Map<String, Span> spans = new HashMap<>();

  /** Elements, by their place in the input. */
  record Span(long first, long last) {
    Span and(Span other) {
      return new Span(Math.min(first, other.first), Math.max(last, other.last));
    }
  }

  /** A place and a generation. */
  private record Step(Place place, int generation) {}

  /** A request that is under way. */
  record Late(
      Effect effect,
      int generation,
      Function<ObjectStore, CompletableFuture<PutOutcome>> request) {}

  private Script(ObjectStore backdoor, List<Failure> failures) {
    this.backdoor = backdoor;
    this.failures = List.copyOf(failures);
  }

  /**
   * Writes a script.
   *
   * @param backdoor a store that lives longer than all tasks, for requests that do so
   * @param failures what is to happen
   */
  static Script of(ObjectStore backdoor, List<Failure> failures) {
    Script script = new Script(backdoor, failures);
    SCRIPTS.put(script.name, script);
    return script;
  }

  static Script named(String name) {
    Script script = SCRIPTS.get(name);
    if (script == null) {
      throw new IllegalStateException("no script " + name);
    }
    return script;
  }

  String name() {
    return name;
  }

  /** A new attempt of a subtask. */
  synchronized Actor enter(String actor) {
    List<Actor> generations = actors.computeIfAbsent(actor, name -> new ArrayList<>());
    Actor next = new Actor(actor, generations.size());
    generations.add(next);
    return next;
  }

  /** Holds whoever reaches this step until the hold is released. */
  Hold hold(Place place, int generation, int occurrence) {
    Hold hold = new Hold();
    // The effect is of no meaning here: a hold alone changes nothing.
    holds.put(new Failure(place, generation, occurrence, Effect.CRASH_BEFORE), hold);
    return hold;
  }

  /** Counts a step; tells what is to happen to it, if anything is. */
  synchronized Optional<Failure> reach(Actor actor, Place place) {
    int occurrence = steps.merge(new Step(place, actor.generation()), 1, Integer::sum);
    for (Failure failure : failures) {
      if (failure.place().equals(place)
          && failure.generation() == actor.generation()
          && failure.occurrence() == occurrence) {
        struck.add(failure);
        return Optional.of(failure);
      }
    }
    return Optional.empty();
  }

  /** Waits, deaf to interrupts, if the step that is reached now is held. To be called first. */
  void waitIfHeld(Actor actor, Place place) {
    Hold hold;
    synchronized (this) {
      int next = steps.getOrDefault(new Step(place, actor.generation()), 0) + 1;
      hold = holds.get(new Failure(place, actor.generation(), next, Effect.CRASH_BEFORE));
    }
    if (hold != null) {
      hold.await();
    }
  }

  /** How often a place was reached by a generation. */
  synchronized int count(Place place, int generation) {
    return steps.getOrDefault(new Step(place, generation), 0);
  }

  /** How often a place was reached by a generation and all later ones. */
  synchronized int countSince(Place place, int generation) {
    return steps.entrySet().stream()
        .filter(step -> step.getKey().place().equals(place))
        .filter(step -> step.getKey().generation() >= generation)
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** The places that a generation reached, with how often. */
  synchronized Map<Place, Integer> places(int generation) {
    Map<Place, Integer> places = new LinkedHashMap<>();
    steps.forEach(
        (step, times) -> {
          if (step.generation() == generation) {
            places.put(step.place(), times);
          }
        });
    return places;
  }

  /** A job hands an element to a writer. */
  synchronized void handThrough(String job, long index) {
    spans.merge(job, new Span(index, index), Span::and);
  }

  /** What a job has handed to its writers so far, from its first element to its last. */
  synchronized Optional<Span> span(String job) {
    return Optional.ofNullable(spans.get(job));
  }

  /** How many attempts a subtask had. */
  synchronized int generations(String actor) {
    return actors.getOrDefault(actor, List.of()).size();
  }

  /** An attempt of a subtask. */
  synchronized Actor actor(String actor, int generation) {
    return actors.getOrDefault(actor, List.of()).get(generation);
  }

  /** The first element that a job handed through. */
  long firstElement(String job) {
    return span(job).orElseThrow(() -> new AssertionError(job + " has read nothing")).first();
  }

  /** The last element that a job handed through. */
  long lastElement(String job) {
    return span(job).orElseThrow(() -> new AssertionError(job + " has read nothing")).last();
  }

  /** Lets all go on that are held. */
  void releaseAll() {
    holds.values().forEach(Hold::release);
  }

  /** The failures that happened, in order. */
  synchronized List<Failure> struck() {
    return List.copyOf(struck);
  }

  boolean allStruck() {
    return struck().size() == failures.size() && late.isEmpty();
  }

  /** What became of the requests that arrived late. */
  synchronized List<PutOutcome> arrivals() {
    return List.copyOf(arrivals);
  }

  void postpone(String key, Late request) {
    late.put(key, request);
  }

  /**
   * The request that arrives at this moment, if one does: it is arrived when the future is done.
   */
  CompletableFuture<Void> arrival(Actor actor, String key, Effect moment) {
    @Nullable Late request = late.get(key);
    if (request == null
        || request.effect() != moment
        || actor.generation() <= request.generation()
        || !late.remove(key, request)) {
      return CompletableFuture.completedFuture(null);
    }
    return request
        .request()
        .apply(backdoor)
        .thenAccept(
            outcome -> {
              synchronized (this) {
                arrivals.add(outcome);
              }
            });
  }
}
