package io.raftless.bench.report;

import io.raftless.bench.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Results as a picture: the medians of all contestants, with the whole spread. */
public final class Plot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;

  private Plot() {}

  /**
   * Draws one metric.
   *
   * @param file that is made, with the extension {@code .svg}
   * @throws IOException if it cannot be written
   */
  public static void draw(Result result, Metric metric, Path file) throws IOException {
    List<String> contestants = new ArrayList<>();
    List<Double> medians = new ArrayList<>();
    List<Double> spreads = new ArrayList<>();
    result
        .measured()
        .forEach(
            (contestant, metrics) -> {
              Figures figures = metrics.get(metric);
              if (figures != null) {
                contestants.add(contestant);
                medians.add(figures.median());
                spreads.add((figures.max() - figures.min()) / 2);
              }
            });
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(result.experiment() + ": " + metric)
            .yAxisTitle(metric.toString())
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.InsideNE).setLegendVisible(false);
    chart.getStyler().setXAxisLabelRotation(contestants.size() > 4 ? 20 : 0);
    chart.addSeries(metric.name(), contestants, medians, spreads);
    VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
  }

  /** What there is to draw. */
  public static Set<Metric> metrics(Result result) {
    Set<Metric> metrics = new LinkedHashSet<>();
    result.measured().values().forEach(measured -> metrics.addAll(measured.keySet()));
    return metrics;
  }
}
