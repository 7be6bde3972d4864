package io.raftless.bench;

import io.raftless.bench.report.Plot;
import io.raftless.bench.report.Result;
import io.raftless.bench.report.Tables;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code raftless bench}: runs experiments, and writes what came of them. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Measures what the log costs, next to what people would use instead, in one run.",
      "",
      "Each experiment has its yardsticks in it; each figure is the median of the rounds, with the"
          + " smallest and the largest. Results go to a folder: JSON, a readable report, a plot for"
          + " each figure. docs/performance.md says what each experiment does.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all experiments ran; targets that were missed are marked in the report",
      "1:an experiment failed, or a number of requests is larger than promised",
      "2:an option makes no sense"
    })
public final class BenchCommand implements Callable<Integer> {
  /** Set by bin/raftless if standard error is a terminal, which Java 17 cannot tell by itself. */
  private static final String TERMINAL_PROPERTY = "raftless.terminal";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "EXPERIMENT",
      description = "Which to run; all of them if none is named. --list shows their names.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--list", description = "Shows all experiments and runs none.")
  private boolean isList;

  @Option(names = "--quick", description = "All of them in less than 15 minutes.")
  private boolean isQuick;

  @Option(
      names = "--check",
      description = "All of them as short as can be: do they run, are the requests as promised?")
  private boolean isCheck;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of what is random; without it, one that the report names.")
  private @Nullable Long seed;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      defaultValue = "bench-results",
      description = "Where the results go. Those of an earlier run of an experiment are replaced.")
  private Path output = Path.of("bench-results");

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (isList) {
      Experiments.all()
          .forEach(
              experiment -> out.printf("%-20s %s%n", experiment.name(), experiment.question()));
      out.flush();
      return 0;
    }
    List<Experiment> chosen = chosen();
    if (isQuick && isCheck) {
      throw new ParameterException(spec.commandLine(), "choose --quick or --check, not both");
    }
    Size size = isCheck ? Size.CHECK : isQuick ? Size.QUICK : Size.FULL;
    long used = seed == null ? ThreadLocalRandom.current().nextLong(1L << 32) : seed;
    Files.createDirectories(output);
    Runner runner = new Runner(size, used);
    Runner.Progress progress =
        Boolean.getBoolean(TERMINAL_PROPERTY)
            ? new Bar()
            : Runner.Progress.on(
                line -> {
                  err.println(line);
                  err.flush();
                });
    int code = 0;
    for (Experiment experiment : chosen) {
      Result result;
      try {
        result = runner.run(experiment, progress);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        // The others are worth their time all the same.
        org.slf4j.LoggerFactory.getLogger(BenchCommand.class)
            .error("{} failed", experiment.name(), e);
        err.println("raftless bench: " + experiment.name() + " failed (seed " + used + "): " + e);
        err.flush();
        code = 1;
        continue;
      }
      out.print(Tables.of(result));
      out.flush();
      write(result, err);
      if (result.isRegression()) {
        err.println("raftless bench: " + experiment.name() + " makes more requests than promised");
        err.flush();
        code = 1;
      }
    }
    return code;
  }

  private List<Experiment> chosen() {
    List<Experiment> chosen = new ArrayList<>();
    for (String name : names) {
      chosen.add(
          Experiments.all().stream()
              .filter(experiment -> experiment.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "there is no experiment "
                              + name
                              + ": choose of "
                              + Experiments.all().stream()
                                  .map(Experiment::name)
                                  .collect(Collectors.joining(", ")))));
    }
    return chosen.isEmpty() ? Experiments.all() : chosen;
  }

  private void write(Result result, PrintWriter err) throws IOException {
    Files.writeString(
        output.resolve(result.experiment() + ".json"), JSON.writeValueAsString(Json.of(result)));
    Files.writeString(output.resolve(result.experiment() + ".md"), Tables.of(result));
    try {
      for (Metric metric : Plot.metrics(result)) {
        String name = metric.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        Plot.draw(result, metric, output.resolve(result.experiment() + "-" + name + ".svg"));
      }
    } catch (NoClassDefFoundError | InternalError e) {
      err.println("raftless bench: no plots: this machine has no fonts (" + e.getMessage() + ")");
      err.flush();
    }
  }
}
