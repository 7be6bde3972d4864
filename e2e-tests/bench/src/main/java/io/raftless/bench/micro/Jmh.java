package io.raftless.bench.micro;

import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One benchmark, run by JMH when it is first asked for, in a JVM of its own that is started once:
 * its iterations are the rounds. A JVM for each round would measure how it starts.
 */
final class Jmh {
  /** JMH writes a lock to the folder of temporary files, which may be somebody else's. */
  private static final String IGNORE_LOCK = "jmh.ignoreLock";

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private final Stage stage;
  private final Class<?> benchmark;
  private final String method;
  private final Map<String, String> parameters;
  private final int quickWarmUps;

  /** Empty until it was run. */
  private List<Iteration> iterations = List.of();

  /**
   * A benchmark that is not run yet.
   *
   * @param parameters by the names of the fields; {@code seed} is that of the stage
   * @param quickWarmUps iterations of a quick run that do not count, of a fifth of a second each
   */
  Jmh(
      Stage stage,
      Class<?> benchmark,
      String method,
      Map<String, String> parameters,
      int quickWarmUps) {
    this.stage = stage;
    this.benchmark = benchmark;
    this.method = method;
    this.parameters = parameters;
    this.quickWarmUps = quickWarmUps;
  }

  /**
   * What one iteration made.
   *
   * @param operationsPerSecond calls of the benchmark
   * @param allocatedBytes on the heap by a call
   */
  record Iteration(double operationsPerSecond, double allocatedBytes) {}

  /**
   * The iteration for a round.
   *
   * @param round warm-ups are JMH's own: for negative numbers it is the first iteration
   */
  Iteration measure(int round) throws RunnerException {
    if (iterations.isEmpty()) {
      iterations = run();
    }
    return iterations.get(Math.max(0, round));
  }

  private List<Iteration> run() throws RunnerException {
    System.setProperty(IGNORE_LOCK, "true");
    Size size = stage.size();
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(benchmark.getName() + "." + method) + "$")
            .mode(Mode.Throughput)
            .timeUnit(TimeUnit.SECONDS)
            .threads(1)
            .warmupIterations(size.pick(1, quickWarmUps, 5))
            .warmupTime(millis(size.pick(20, 200, 1_000)))
            .measurementIterations(size.rounds())
            .measurementTime(millis(size.pick(20, 120, 1_000)))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .param("seed", Long.toString(stage.seed()));
    parameters.forEach(options::param);
    if (size == Size.CHECK) {
      options.forks(0);
    } else {
      // A heap that does not grow; and no line in the file that this process logs to.
      options
          .forks(1)
          .jvmArgs(
              "-Xms512m",
              "-Xmx512m",
              "-Draftless.log.file=" + stage.folder().resolve("jmh.log"),
              "-D" + IGNORE_LOCK + "=true");
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    List<Iteration> measured = new ArrayList<>();
    for (RunResult result : results) {
      result
          .getBenchmarkResults()
          .forEach(run -> run.getIterationResults().forEach(made -> measured.add(iteration(made))));
    }
    if (measured.size() != size.rounds()) {
      throw new IllegalStateException(
          measured.size() + " iterations of " + method + ", not " + size.rounds());
    }
    return measured;
  }

  private static TimeValue millis(long millis) {
    return TimeValue.milliseconds(millis);
  }

  private static Iteration iteration(IterationResult made) {
    Result<?> allocated = made.getSecondaryResults().get(ALLOCATED);
    if (allocated == null) {
      throw new IllegalStateException(
          "the profiler did not say what was allocated, but "
              + made.getSecondaryResults().keySet());
    }
    return new Iteration(made.getPrimaryResult().getScore(), allocated.getScore());
  }
}
