package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.log.LogStatistics;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.junit.jupiter.api.Test;

class SinkMetricsTest {
  @Test
  void theyAreThereWithTheirMeaning() throws Exception {
    SinkMetrics counted = new SinkMetrics();
    counted.records.set(7);
    counted.entered(PartitionState.FENCED);
    try (Metrics metrics = new Metrics();
        PluginMetricsImpl plugin = new PluginMetricsImpl(metrics, Map.of("connector", "c"))) {
      counted.register(plugin, () -> new LogStatistics(1, 2, 3, 4));

      Map<String, Object> values = new TreeMap<>();
      metrics
          .metrics()
          .forEach(
              (name, metric) -> {
                if (name.group().equals("plugins")) {
                  values.put(name.name(), metric.metricValue());
                  assertThat(name.description()).endsWith(".");
                }
              });
      assertThat(values)
          .containsEntry("records-total", 7L)
          .containsEntry("partitions-fenced", 1L)
          .containsEntry("partitions-open", 0L)
          .containsEntry("cas-conflicts-total", 1L)
          .containsEntry("unknowns-resolved-total", 2L)
          .containsEntry("unknowns-left-total", 3L)
          .doesNotContainKey("partitions-closed")
          .hasSize(22);
    }
  }
}
