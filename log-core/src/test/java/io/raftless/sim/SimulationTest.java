package io.raftless.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real code under the simulated world, for as many seeds as time allows: {@code
 * -Draftless.seeds=N} says how many of the usual plans or of those that {@code
 * -Draftless.emphasis=X} names; {@code -Draftless.seed=N} runs one of them. What fails is made
 * smaller, and printed with all that happened.
 */
@Timeout(3_600)
class SimulationTest {
  private static final Logger LOG = LoggerFactory.getLogger("simulation");

  /** As many as the build runs. */
  private static final int USUAL_SEEDS = 20_000;

  private static final int CHOSEN_SEEDS = Integer.getInteger("raftless.seeds", USUAL_SEEDS);

  /** Of each of the other kinds of plans. */
  private static final int OTHER_SEEDS = Math.min(500, CHOSEN_SEEDS);

  private static final List<String> MUST_BE_REACHED =
      List.of(
          "Acknowledge",
          "Acquire",
          "AcquireAgain",
          "Append",
          "AppendTogether",
          "AppendWithPosition",
          "CatchUp",
          "ClockJump",
          "Commit",
          "Compact EXPIRED",
          "Compact INSTALLED",
          "Compact OVERTAKEN",
          "Crash",
          "EarlierRequestFailed",
          "Failed",
          "Fence",
          "Grow",
          "LogFenced",
          "OffsetMismatch",
          "OffsetTrimmed",
          "PositionMoved",
          "Read",
          "Reopen",
          "Settings",
          "Stage",
          "StagedBatchExpired",
          "Stall",
          "StorePosition",
          "Trim",
          "Unfence",
          "UnknownOutcome",
          "Vacuum AGREE",
          "Vacuum APART",
          "Verify",
          "WriterFenced");

  @ParameterizedTest
  @EnumSource(Emphasis.class)
  void noSeedBreaksAPromise(Emphasis emphasis) throws InterruptedException {
    String chosen = System.getProperty("raftless.emphasis", "usual");
    Long only = Long.getLong("raftless.seed");
    boolean isChosen = emphasis.name().equalsIgnoreCase(chosen);
    assumeTrue(only == null || isChosen, "another kind of plans was asked for");
    long first = only != null ? only : new Random().nextLong();
    int count = only != null ? 1 : isChosen ? CHOSEN_SEEDS : OTHER_SEEDS;
    LOG.warn(
        "simulating {} seeds from {} of {}; {}", count, first, emphasis, replay("N", emphasis));
    long begun = System.nanoTime();
    SimulationRunner.Report report = SimulationRunner.run(emphasis, first, count);
    LOG.warn(
        "simulated {} seeds of {}, {} requests to the store, in {} s: {}",
        report.seeds(),
        emphasis,
        report.requests(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
        report.reached().counts());
    Simulation.Outcome failed = report.failed();
    if (failed != null) {
      throw new AssertionError(describe(failed, emphasis), failed.violation());
    }
    if (emphasis == Emphasis.USUAL && count >= USUAL_SEEDS) {
      requireReached(report.reached());
    }
  }

  /** A simulation that never gets somewhere proves nothing about it. */
  private static void requireReached(Reached reached) {
    List<String> never = new ArrayList<>();
    for (String what : MUST_BE_REACHED) {
      long count = reached.count(what);
      if (count < 20) {
        never.add(what + ": " + count);
      }
    }
    assertThat(never).as("what is to be reached 20 times at least").isEmpty();
  }

  private static String describe(Simulation.Outcome failed, Emphasis emphasis) {
    Simulation.Outcome smallest = Shrinker.shrink(failed);
    return String.format(
        Locale.ROOT,
        "seed %d: %s%n%s%n%nmade smaller: %s%n%s%n%s",
        failed.plan().seed(),
        failed.violation(),
        replay(Long.toString(failed.plan().seed()), emphasis),
        smallest.violation(),
        smallest.plan().describe(),
        smallest.journal().render());
  }

  private static String replay(String seed, Emphasis emphasis) {
    return "replay one with ./mvnw -pl log-core -am test -Dtest=SimulationTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Draftless.emphasis="
        + emphasis.name().toLowerCase(Locale.ROOT)
        + " -Draftless.seed="
        + seed;
  }

  @Test
  @SuppressWarnings("try")
  void oneSeedIsOneRun() {
    long first = new Random().nextLong();
    LOG.warn("seeds from {} twice", first);
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      for (long seed = first; seed < first + 50; seed++) {
        String digest = SimulationDigests.digest(seed, strands);
        assertThat(SimulationDigests.digest(seed, strands)).as("seed %d", seed).isEqualTo(digest);
      }
    }
  }

  @Test
  @SuppressWarnings("try")
  void oneSeedIsOneRunInEveryProcess() throws IOException, InterruptedException {
    long first = new Random().nextInt(1_000_000);
    long end = first + 20;
    LOG.warn("seeds from {} in two processes", first);
    List<String> here = new ArrayList<>();
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      for (long seed = first; seed < end; seed++) {
        here.add(SimulationDigests.digest(seed, strands));
      }
    }
    assertThat(digestsOfAnotherProcess(first, end)).isEqualTo(here);
  }

  private static List<String> digestsOfAnotherProcess(long first, long end)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SimulationDigests.class.getName(),
                Long.toString(first),
                Long.toString(end))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      List<String> lines = output.lines().toList();
      assertThat(process.waitFor()).as("exit code").isZero();
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }
}
