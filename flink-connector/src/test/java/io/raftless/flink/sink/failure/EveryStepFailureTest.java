package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.store.PutOutcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A failure at every step of the sink's life. The steps are those of a healthy run: each kind of
 * step, by each who takes it, its first time, one in the middle and its last, with every effect
 * that a failure can have there; and of a restore the same.
 *
 * <p>{@code -Draftless.failures.only=...} runs the cases that have this in their names.
 */
@ExtendWith(FailureCluster.class)
final class EveryStepFailureTest {
  private static final String ONLY = System.getProperty("raftless.failures.only", "");
  private static final int AT_A_TIME = 4;

  /** A run in which a step was not reached, as checkpoints fell otherwise, shows nothing. */
  private static final int MOST_RUNS = 10;

  private static final int MOST_HEALTHY_RUNS = 30;
  private static final int PORTIONS = 5;
  private static final int TOTAL = PORTIONS * Scenario.PER_CHECKPOINT;

  private static final ExecutorService RUNS = Executors.newFixedThreadPool(AT_A_TIME);

  @AfterAll
  static void stop() throws InterruptedException {
    RUNS.shutdownNow();
    assertThat(RUNS.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  @TestFactory
  Stream<DynamicTest> ofAHealthyRun(FailureCluster.Running cluster) throws Exception {
    Random random = new Random(Seed.ofThisRun());
    List<List<Failure>> cases = new ArrayList<>();
    for (Failure failure : failuresOf(healthyRun(cluster), 0, anyWriter(random), random)) {
      cases.add(List.of(failure));
    }
    return tests(cases, failures -> runOf(cluster, failures));
  }

  @TestFactory
  Stream<DynamicTest> ofARestore(FailureCluster.Running cluster) throws Exception {
    Random random = new Random(Seed.ofThisRun());
    int half = random.nextInt(Scenario.PARTITIONS);
    List<List<Failure>> cases = new ArrayList<>();
    for (Failure first :
        List.of(
            new Failure(Place.of(Action.COMMIT, Place.COMMITTER), 0, 3, Effect.CRASH_BEFORE),
            new Failure(
                Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, half), 0, 3, Effect.CRASH_AFTER))) {
      Map<Place, Integer> restore = runOf(cluster, List.of(first)).places(1);
      // The first replacement of a head may be the acquire, the second is a commit.
      restore.replaceAll((place, times) -> Math.min(times, 2));
      restore.keySet().removeIf(place -> !isOfARestore(place));
      for (Failure second : failuresOf(restore, 1, anyWriter(random), random)) {
        cases.add(List.of(first, second));
      }
    }
    return tests(cases, failures -> runOf(cluster, failures));
  }

  /**
   * The steps of a sink that writes at least once. How many uploads and replacements of heads a run
   * has is up to how its writers meet, so only steps are chosen that every run has.
   */
  @TestFactory
  Stream<DynamicTest> ofAtLeastOnce(FailureCluster.Running cluster) throws Exception {
    Random random = new Random(Seed.ofThisRun());
    int writer = anyWriter(random);
    // Keys decide who writes what, and not every writer has keys of every partition.
    List<Integer> written =
        directRunOf(cluster, List.of()).places(0).keySet().stream()
            .filter(place -> place.action() == Action.SWAP_HEAD)
            .filter(place -> place.actor().equals(Place.writer(writer)))
            .map(Place::partition)
            .sorted()
            .toList();
    int partition = written.get(random.nextInt(written.size()));
    Map<Place, Integer> places =
        Map.of(
            Place.of(Action.CREATE_WRITER, Place.writer(writer)),
            1,
            Place.of(Action.UPLOAD, Place.writer(writer)),
            PORTIONS,
            Place.of(Action.FLUSH, Place.writer(writer)),
            PORTIONS,
            Place.ofHead(Action.SWAP_HEAD, Place.writer(writer), partition),
            PORTIONS,
            Place.ofHead(Action.READ_HEAD, Place.writer(writer), partition),
            1,
            Place.of(Action.SNAPSHOT, ScriptedMap.actor(writer)),
            PORTIONS - 1,
            Place.of(Action.CHECKPOINT_COMPLETE, ScriptedMap.actor(writer)),
            PORTIONS - 1);
    List<List<Failure>> cases = new ArrayList<>();
    for (Failure failure : failuresOf(places, 0, writer, random)) {
      if (!failure.effect().isLate()) {
        cases.add(List.of(failure));
      }
    }
    return tests(cases, failures -> directRunOf(cluster, failures));
  }

  private static boolean isOfARestore(Place place) {
    return place.actor().equals(Place.COMMITTER) || place.action() == Action.CREATE_WRITER;
  }

  /**
   * The steps of a run in which no checkpoint cut a portion of the input in two, as most are: its
   * last steps are reached by other runs as well.
   */
  private static Map<Place, Integer> healthyRun(FailureCluster.Running cluster) throws Exception {
    for (int run = 1; run <= MOST_HEALTHY_RUNS; run++) {
      Script script = runOf(cluster, List.of());
      // The first replacement of a head is the acquire.
      int portions = script.count(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 0), 0) - 1;
      if (portions == PORTIONS) {
        Map<Place, Integer> places = script.places(0);
        // How many checkpoints follow after the last portion is up to Flink, and now and then a
        // head
        // is replaced once more than others, or a checkpoint takes two portions.
        places.replaceAll((place, times) -> Math.min(times, PORTIONS));
        return places;
      }
    }
    throw new AssertionError("no run has one checkpoint for each portion of the input");
  }

  private static int anyWriter(Random random) {
    return random.nextInt(SinkJob.PARALLELISM);
  }

  /** Every failure that there is, for what the committer and one writer did in a generation. */
  private static List<Failure> failuresOf(
      Map<Place, Integer> places, int generation, int writer, Random random) {
    List<Failure> failures = new ArrayList<>();
    places.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(Comparator.comparing(Place::toString)))
        .filter(place -> isCommitterOr(writer, place.getKey().actor()))
        .forEach(
            place -> {
              for (int occurrence : firstMiddleLast(place.getValue(), random)) {
                for (Effect effect : effects(place.getKey().action())) {
                  failures.add(new Failure(place.getKey(), generation, occurrence, effect));
                }
              }
            });
    return failures;
  }

  /** The writers are all alike: one of them will do. */
  private static boolean isCommitterOr(int writer, String actor) {
    return actor.equals(Place.COMMITTER)
        || actor.equals(Place.writer(writer))
        || actor.equals(ScriptedMap.actor(writer));
  }

  private static Iterable<Integer> firstMiddleLast(int times, Random random) {
    TreeSet<Integer> chosen = new TreeSet<>(List.of(1, times));
    if (times > 2) {
      chosen.add(2 + random.nextInt(times - 2));
    }
    return chosen;
  }

  private static List<Effect> effects(Action action) {
    return switch (action) {
      case UPLOAD ->
          List.of(
              Effect.REFUSED,
              Effect.REQUEST_LOST,
              Effect.RESPONSE_LOST,
              Effect.CRASH_BEFORE,
              Effect.CRASH_AFTER);
      case READ_HEAD ->
          List.of(Effect.REFUSED, Effect.REQUEST_LOST, Effect.CRASH_BEFORE, Effect.CRASH_AFTER);
      case SWAP_HEAD -> List.of(Effect.values());
      case CREATE_WRITER, CREATE_COMMITTER, PRE_COMMIT, FLUSH, COMMIT ->
          List.of(Effect.CRASH_BEFORE, Effect.CRASH_AFTER);
      case SNAPSHOT, CHECKPOINT_COMPLETE -> List.of(Effect.CRASH_BEFORE);
    };
  }

  /** All cases run in the background, and each test waits for its own. */
  private static Stream<DynamicTest> tests(List<List<Failure>> cases, Run run) {
    return cases.stream()
        .filter(failures -> name(failures).contains(ONLY))
        .map(
            failures -> {
              Future<?> result =
                  RUNS.submit(
                      () -> {
                        runUntilStruck(run, failures);
                        return failures;
                      });
              return DynamicTest.dynamicTest(name(failures), result::get);
            })
        .toList()
        .stream();
  }

  private static String name(List<Failure> failures) {
    return String.join(", then ", failures.stream().map(Failure::toString).toList());
  }

  /** A job that runs to its end while failures happen, and what it must have written. */
  private interface Run {
    Script with(List<Failure> failures) throws Exception;
  }

  private static void runUntilStruck(Run run, List<Failure> failures) throws Exception {
    for (int time = 1; time <= MOST_RUNS; time++) {
      if (run.with(failures).allStruck()) {
        return;
      }
    }
    throw new AssertionError("the step was not reached in " + MOST_RUNS + " runs: " + failures);
  }

  /** Runs the job to its end and checks the log. */
  private static Script runOf(FailureCluster.Running cluster, List<Failure> failures)
      throws Exception {
    try (Scenario scenario = new Scenario(cluster)) {
      Script script = scenario.script(failures.toArray(Failure[]::new));
      job(scenario, script, failures).start().awaitFinished();
      scenario.assertExactlyOnce(TOTAL);
      assertWhoCrashedCameBack(script);
      assertLateRequestsDid(script);
      return script;
    } catch (Exception | AssertionError e) {
      throw new AssertionError(name(failures) + " with " + Seed.howToRepeat(), e);
    }
  }

  /** Half of all cases run with unaligned checkpoints. */
  private static SinkJob job(Scenario scenario, Script script, List<Failure> failures) {
    boolean isUnaligned = name(failures).hashCode() % 2 == 0;
    return scenario
        .job("job", script)
        .total(TOTAL)
        .configure(flink -> flink.set(CheckpointingOptions.ENABLE_UNALIGNED, isUnaligned));
  }

  /** The same with a sink that writes at least once. */
  private static Script directRunOf(FailureCluster.Running cluster, List<Failure> failures)
      throws Exception {
    try (Scenario scenario = new Scenario(cluster)) {
      Script script = scenario.script(failures.toArray(Failure[]::new));
      job(scenario, script, failures).atLeastOnce().start().awaitFinished();
      scenario.assertAtLeastOnce(TOTAL);
      assertWhoCrashedCameBack(script);
      return script;
    } catch (Exception | AssertionError e) {
      throw new AssertionError(name(failures) + " with " + Seed.howToRepeat(), e);
    }
  }

  /**
   * A crash was one, and not swallowed. Of those who did not crash nothing is certain: an attempt
   * may be over before all of its subtasks were made.
   */
  private static void assertWhoCrashedCameBack(Script script) {
    for (Failure failure : script.struck()) {
      if (failure.effect().isCrash()) {
        assertThat(script.generations(failure.place().actor()))
            .as("attempts of who had %s", failure)
            .isGreaterThan(failure.generation() + 1);
      }
    }
  }

  /** What arrives before it is fenced is stored, and what arrives after it is not. */
  private static void assertLateRequestsDid(Script script) {
    if (!script.allStruck()) {
      return;
    }
    for (Failure failure : script.struck()) {
      switch (failure.effect()) {
        case LATE_BEFORE_READ, LATE_BEFORE_SWAP ->
            assertThat(script.arrivals()).hasOnlyElementsOfType(PutOutcome.Stored.class);
        case LATE_AFTER_SWAP ->
            assertThat(script.arrivals()).hasOnlyElementsOfType(PutOutcome.Conflict.class);
        default -> {
          // It was never under way.
        }
      }
    }
  }
}
