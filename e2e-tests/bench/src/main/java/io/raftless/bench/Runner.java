package io.raftless.bench;

import io.raftless.bench.report.Figures;
import io.raftless.bench.report.Machine;
import io.raftless.bench.report.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Runs an experiment, round by round, all contestants in each. */
final class Runner {
  private final Size size;
  private final long seed;

  Runner(Size size, long seed) {
    this.size = size;
    this.seed = seed;
  }

  /** How often a contestant is measured, warm-ups included, if there are so many of them. */
  int measurements(Experiment experiment, int contestants) {
    return contestants * (experiment.warmUps(size) + experiment.rounds(size));
  }

  /**
   * Runs it.
   *
   * @param progress hears before each measurement what it is, and after the last one
   * @throws Exception what the experiment throws
   */
  Result run(Experiment experiment, Progress progress) throws Exception {
    long begin = System.nanoTime();
    try (Stage stage = new Stage(size, seed)) {
      progress.begin(experiment.name(), 1);
      Contest contest = experiment.prepare(stage);
      List<Map<String, Sample>> rounds = measure(experiment, contest, progress);
      return new Result(
          experiment.name(),
          experiment.question(),
          size.name(),
          seed,
          Machine.here(),
          (System.nanoTime() - begin) / 1e9,
          figures(contest, rounds),
          contest.targets().stream().map(target -> verdict(target, rounds)).toList());
    } finally {
      progress.end();
    }
  }

  private List<Map<String, Sample>> measure(
      Experiment experiment, Contest contest, Progress progress) throws Exception {
    progress.begin(experiment.name(), measurements(experiment, contest.contestants().size()));
    List<Map<String, Sample>> rounds = new ArrayList<>();
    long measured = 0;
    for (int round = -experiment.warmUps(size); round < experiment.rounds(size); round++) {
      // Whoever comes first in one round comes last in another: what one leaves behind meets all.
      List<Contestant> order = new ArrayList<>(contest.contestants());
      Collections.rotate(order, round);
      Map<String, Sample> samples = new LinkedHashMap<>();
      for (Contestant contestant : order) {
        samples.put(contestant.name(), contestant.measure(round));
        progress.reached(++measured);
      }
      if (round >= 0) {
        rounds.add(samples);
      }
    }
    return rounds;
  }

  private static Map<String, Map<Metric, Figures>> figures(
      Contest contest, List<Map<String, Sample>> rounds) {
    Map<String, Map<Metric, Figures>> measured = new LinkedHashMap<>();
    for (Contestant contestant : contest.contestants()) {
      Map<Metric, List<Double>> byMetric = new LinkedHashMap<>();
      for (Map<String, Sample> round : rounds) {
        Sample sample = Objects.requireNonNull(round.get(contestant.name()));
        sample
            .values()
            .forEach(
                (metric, value) ->
                    byMetric.computeIfAbsent(metric, m -> new ArrayList<>()).add(value));
      }
      Map<Metric, Figures> figures = new LinkedHashMap<>();
      byMetric.forEach((metric, values) -> figures.put(metric, new Figures(values)));
      measured.put(contestant.name(), figures);
    }
    return measured;
  }

  private static Result.Verdict verdict(Target target, List<Map<String, Sample>> rounds) {
    List<Double> ratios = new ArrayList<>();
    for (Map<String, Sample> round : rounds) {
      double value = value(round, target.subject(), target.metric());
      String yardstick = target.yardstick();
      ratios.add(yardstick == null ? value : value / value(round, yardstick, target.metric()));
    }
    return new Result.Verdict(target, new Figures(ratios));
  }

  private static double value(Map<String, Sample> round, String contestant, Metric metric) {
    Sample sample = round.get(contestant);
    Double value = sample == null ? null : sample.values().get(metric);
    if (value == null) {
      throw new IllegalStateException(contestant + " did not measure " + metric);
    }
    return value;
  }

  /** Shows a person how far it is. */
  interface Progress {
    /** Begins something of so many steps. */
    void begin(String what, long goal);

    /** So many steps are done. */
    void reached(long value);

    /** Ends what was begun. */
    void end();

    /** Nobody looks. */
    static Progress none() {
      return on(line -> {});
    }

    /** A line for what begins. */
    static Progress on(Consumer<String> lines) {
      return new Progress() {
        @Override
        public void begin(String what, long goal) {
          if (goal > 1) {
            lines.accept(what + ": " + goal + " measurements");
          }
        }

        @Override
        public void reached(long value) {
          // Nobody watches a file.
        }

        @Override
        public void end() {
          // There is a line for what comes next.
        }
      };
    }
  }
}
