package io.raftless.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.spec.TraceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the real code did under the simulated world is a behaviour of docs/spec/LeaderlessLog.tla,
 * event by event, and keeps its invariants: TLC says so. {@code -Draftless.traces=N} says for how
 * many seeds, {@code -Draftless.seed=N} checks one of them.
 */
@Timeout(3_600)
class TracesMeetTheModelTest {
  private static final Logger LOG = LoggerFactory.getLogger("simulation");

  /** As many as the build checks. */
  private static final int USUAL_TRACES = 300;

  /** Traces in one run of TLC: enough that starting it does not count, few enough for its heap. */
  private static final int TRACES_IN_A_MODULE = 50;

  private static final int AT_A_TIME = 2;

  /** Kinds of events, and how often 300 traces must have them at least. */
  private static final Map<String, Integer> MUST_BE_REACHED =
      Map.ofEntries(
          Map.entry("answered stored", 300),
          Map.entry("answered undecided", 300),
          Map.entry("crashed", 50),
          Map.entry("deleted list", 20),
          Map.entry("deleted segment", 20),
          Map.entry("deleted wal", 100),
          Map.entry("fenced", 20),
          Map.entry("gaveUp", 10),
          Map.entry("handed", 300),
          Map.entry("landed acquire", 100),
          Map.entry("landed append", 300),
          Map.entry("landed append late", 2),
          Map.entry("landed compact", 100),
          Map.entry("landed forget", 10),
          Map.entry("landed horizon", 100),
          Map.entry("landed state", 20),
          Map.entry("landed touch", 10),
          Map.entry("landed trim", 50),
          Map.entry("log FENCED", 20),
          Map.entry("log OPEN", 20),
          Map.entry("made", 300),
          Map.entry("needs", 100),
          Map.entry("opened", 100),
          Map.entry("put list", 100),
          Map.entry("put segment", 100),
          Map.entry("put wal", 300),
          Map.entry("raised", 100),
          Map.entry("sent", 300),
          Map.entry("settled (decided)", 50),
          Map.entry("settled (time)", 5),
          Map.entry("staged", 100),
          Map.entry("told acked", 300),
          Map.entry("told failed", 50),
          Map.entry("told unknown", 20));

  /** Some traces, and what TLC says of them. */
  private record Checked(List<TraceRun> runs, TraceModel.Result result) {}

  @Test
  void everyTraceIsABehaviourOfTheModel(@TempDir Path scratch) throws Exception {
    Long only = Long.getLong("raftless.seed");
    long first = only != null ? only : new Random().nextLong();
    int count = only != null ? 1 : Integer.getInteger("raftless.traces", USUAL_TRACES);
    LOG.warn("traces of {} seeds from {}; {}", count, first, replay("N"));
    List<TraceRun> runs = simulate(first, count);
    List<Checked> checked = check(runs, scratch);
    for (Checked one : checked) {
      if (!one.result().fits()) {
        throw new AssertionError(describe(one));
      }
    }
    Map<String, Integer> reached = reached(runs);
    LOG.warn(
        "{} traces with {} events: {} states in {} s of TLC; {}",
        count,
        runs.stream().mapToInt(run -> run.events().size()).sum(),
        checked.stream().mapToLong(one -> one.result().states()).sum(),
        checked.stream().mapToLong(one -> one.result().time().toSeconds()).sum(),
        reached);
    if (count >= USUAL_TRACES) {
      requireReached(reached);
    }
  }

  @SuppressWarnings("try")
  private static List<TraceRun> simulate(long first, int count) {
    List<TraceRun> runs = new ArrayList<>();
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      for (long seed = first; seed - first < count; seed++) {
        runs.add(simulate(seed, strands));
      }
    }
    return runs;
  }

  private static TraceRun simulate(long seed, Strands strands) {
    try {
      return TraceRun.of(seed, strands);
    } catch (RuntimeException e) {
      throw new AssertionError("seed " + seed + " gives no trace; " + replay("" + seed), e);
    }
  }

  private static List<Checked> check(List<TraceRun> runs, Path scratch)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    try {
      List<Future<Checked>> all = new ArrayList<>();
      for (int from = 0; from < runs.size(); from += TRACES_IN_A_MODULE) {
        List<TraceRun> some = runs.subList(from, Math.min(runs.size(), from + TRACES_IN_A_MODULE));
        Path own = scratch.resolve("from" + from);
        all.add(threads.submit(() -> checked(some, own)));
      }
      List<Checked> checked = new ArrayList<>();
      for (Future<Checked> one : all) {
        checked.add(one.get());
      }
      return checked;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Checked checked(List<TraceRun> runs, Path scratch)
      throws IOException, InterruptedException {
    Files.createDirectories(scratch);
    return new Checked(
        runs,
        TraceModel.check(
            TraceModule.render(runs.stream().map(TraceRun::events).toList()), scratch));
  }

  private static String describe(Checked failed) {
    TraceModel.Result result = failed.result();
    TraceRun run = failed.runs().get(result.trace() - 1);
    int position = result.position();
    return String.join(
        System.lineSeparator(),
        "seed " + run.seed() + ", trace " + result.trace() + " of its module, event " + position,
        "TLC says: " + result.verdict(),
        replay("" + run.seed()),
        run.around(position),
        result.report().substring(Math.max(0, result.report().length() - 6_000)));
  }

  private static Map<String, Integer> reached(List<TraceRun> runs) {
    Map<String, Integer> reached = new TreeMap<>();
    for (TraceRun run : runs) {
      run.events().forEach(event -> reached.merge(event.kind(), 1, Integer::sum));
    }
    return reached;
  }

  /** Traces in which something never happens prove nothing about it. */
  private static void requireReached(Map<String, Integer> reached) {
    List<String> seldom = new ArrayList<>();
    MUST_BE_REACHED.forEach(
        (kind, least) -> {
          int count = reached.getOrDefault(kind, 0);
          if (count < least) {
            seldom.add(kind + ": " + count + ", not " + least);
          }
        });
    assertThat(seldom).as("what is to be in the traces").isEmpty();
  }

  private static String replay(String seed) {
    return "replay one with ./mvnw -pl log-core -am test -Dtest=TracesMeetTheModelTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Draftless.seed="
        + seed;
  }
}
