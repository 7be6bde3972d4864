package io.raftless.bench;

import io.raftless.bench.report.Figures;
import io.raftless.bench.report.Result;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results for programs: maps, whose keys are what is in the tables. */
final class Json {
  private Json() {}

  static Map<String, Object> of(Result result) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("experiment", result.experiment());
    json.put("question", result.question());
    json.put("size", result.size());
    json.put("seed", result.seed());
    json.put("seconds", result.seconds());
    json.put("machine", result.machine());
    Map<String, Object> measured = new LinkedHashMap<>();
    result
        .measured()
        .forEach(
            (contestant, metrics) -> {
              Map<String, Object> byMetric = new LinkedHashMap<>();
              metrics.forEach(
                  (metric, figures) -> byMetric.put(metric.toString(), figures(figures)));
              measured.put(contestant, byMetric);
            });
    json.put("measured", measured);
    json.put("targets", result.verdicts().stream().map(Json::verdict).toList());
    return json;
  }

  private static Map<String, Object> verdict(Result.Verdict verdict) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("claim", verdict.target().claim());
    json.put("metric", verdict.target().metric().toString());
    json.put("subject", verdict.target().subject());
    json.put("yardstick", verdict.target().yardstick());
    json.put("bound", verdict.target().bound().sign());
    json.put("limit", verdict.target().limit());
    json.put("met", verdict.isMet());
    json.putAll(figures(verdict.figures()));
    return json;
  }

  private static Map<String, Object> figures(Figures figures) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("median", figures.median());
    json.put("min", figures.min());
    json.put("max", figures.max());
    json.put("rounds", List.copyOf(figures.values()));
    return json;
  }
}
