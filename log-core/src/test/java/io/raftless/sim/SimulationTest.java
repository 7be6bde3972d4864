package io.raftless.sim;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real code under the simulated world, for as many seeds as time allows: {@code
 * -Draftless.seeds=N} says how many, {@code -Draftless.seed=N} runs one of them and prints what
 * happened.
 */
@Timeout(3_600)
class SimulationTest {
  private static final Logger LOG = LoggerFactory.getLogger("simulation");

  /** As many as the build runs. */
  private static final int USUAL_SEEDS = 20_000;

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

  @Test
  void noSeedBreaksAPromise() throws InterruptedException {
    Long only = Long.getLong("raftless.seed");
    long first = only != null ? only : new Random().nextLong();
    int count = only != null ? 1 : Integer.getInteger("raftless.seeds", USUAL_SEEDS);
    LOG.warn("simulating {} seeds from {}; {}", count, first, replay("N"));
    long begun = System.nanoTime();
    SimulationRunner.Report report = SimulationRunner.run(first, count);
    LOG.warn(
        "simulated {} seeds, {} requests to the store, in {} s: {}",
        report.seeds(),
        report.requests(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun),
        report.reached().counts());
    Simulation.Outcome failed = report.failed();
    if (failed != null) {
      throw new AssertionError(describe(failed), failed.violation());
    }
    if (count >= USUAL_SEEDS) {
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

  private static String describe(Simulation.Outcome failed) {
    Simulation.Outcome smallest = Shrinker.shrink(failed);
    return String.format(
        Locale.ROOT,
        "seed %d: %s%n%s%n%nmade smaller: %s%n%s%n%s",
        failed.plan().seed(),
        failed.violation(),
        replay(Long.toString(failed.plan().seed())),
        smallest.violation(),
        smallest.plan().describe(),
        smallest.journal().render());
  }

  private static String replay(String seed) {
    return "replay one with ./mvnw -pl log-core -am test -Dtest=SimulationTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Draftless.seed="
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
