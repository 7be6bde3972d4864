package io.raftless.bench.report;

import io.raftless.bench.Metric;
import io.raftless.bench.Target;
import java.util.Locale;
import java.util.Map;

/** Results as Markdown, for people. */
public final class Tables {
  private Tables() {}

  /** One experiment: what was measured, and how the targets were met. */
  public static String of(Result result) {
    StringBuilder text = new StringBuilder();
    text.append("## ").append(result.experiment()).append("\n\n");
    text.append(result.question()).append("\n\n");
    text.append(
        String.format(
            Locale.ROOT,
            "%d rounds (%s), seed %d, %.0f s; %d cores, Java %s%n%n",
            rounds(result),
            result.size(),
            result.seed(),
            result.seconds(),
            result.machine().processors(),
            result.machine().java()));
    text.append("| who | what | median | spread |\n| --- | --- | ---: | ---: |\n");
    result
        .measured()
        .forEach(
            (contestant, metrics) ->
                metrics.forEach((metric, figures) -> row(text, contestant, metric, figures)));
    if (!result.verdicts().isEmpty()) {
      text.append("\n| target | | ratio | spread | |\n| --- | ---: | ---: | ---: | --- |\n");
      result.verdicts().forEach(verdict -> row(text, verdict));
    }
    return text.append("\n").toString();
  }

  private static int rounds(Result result) {
    return result.measured().values().stream()
        .map(Map::values)
        .flatMap(java.util.Collection::stream)
        .mapToInt(figures -> figures.values().size())
        .max()
        .orElse(0);
  }

  private static void row(StringBuilder text, String contestant, Metric metric, Figures figures) {
    text.append("| ").append(contestant).append(" | ").append(metric).append(" | ");
    text.append(number(figures.median())).append(" | ");
    text.append(number(figures.min())).append(" … ").append(number(figures.max()));
    text.append(" |\n");
  }

  private static void row(StringBuilder text, Result.Verdict verdict) {
    Target target = verdict.target();
    Figures figures = verdict.figures();
    text.append("| ").append(target.claim()).append(" | ");
    text.append(target.bound().sign()).append(' ').append(number(target.limit())).append(" | ");
    text.append(number(figures.median())).append(" | ");
    text.append(number(figures.min())).append(" … ").append(number(figures.max()));
    text.append(" | ").append(verdict.isMet() ? "met" : "**missed**").append(" |\n");
  }

  /** Three significant digits, or all that are before the point. */
  static String number(double value) {
    double size = Math.abs(value);
    int digits = size >= 100 || value == Math.rint(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
