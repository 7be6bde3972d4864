package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees, through a reporter. */
@Timeout(120)
final class SinkMetricsTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int TOTAL = 400;

  private static final InMemoryReporter REPORTER = InMemoryReporter.createWithRetainedMetrics();

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .setConfiguration(REPORTER.addToConfiguration(new Configuration()))
              .build());

  @TempDir Path checkpoints;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 2);

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void exactlyOnceShowsWhatItSendsAndCommits() throws Exception {
    run("exactly", DeliveryGuarantee.EXACTLY_ONCE);

    Map<String, Long> writer = metrics("exactly", "Writer");
    assertThat(writer).containsEntry("numRecordsSend", (long) TOTAL);
    assertThat(writer.get("numRecordsOut")).isEqualTo(TOTAL);
    assertThat(writer.get("numBytesSend")).isPositive();
    assertThat(writer).containsKey("currentSendTime");
    assertThat(writer).containsEntry("numRecordsSendErrors", 0L);
    assertThat(writer.get("raftless.putRequests")).isPositive();
    assertThat(writer.get("raftless.bytesWritten"))
        .isGreaterThan(writer.getOrDefault("numBytesSend", 0L));
    assertThat(writer).containsEntry("raftless.uploadsInFlight", 0L);
    assertThat(writer).containsEntry("raftless.conflictAnswers", 0L);

    Map<String, Long> committer = metrics("exactly", "Committer");
    long commits = committer.getOrDefault("raftless.commits", 0L);
    assertThat(commits).isPositive();
    // Each commit writes each head at most once, and the acquire did so before.
    assertThat(committer.get("raftless.putRequests")).isBetween(commits, 2 * commits + 2);
    assertThat(committer)
        .containsEntry("raftless.commitFailures", 0L)
        .containsEntry("raftless.fenced", 0L)
        .containsEntry("raftless.casConflicts", 0L)
        .containsKey("raftless.lastCommitMillis");
  }

  @Test
  void atLeastOnceShowsWhatItSends() throws Exception {
    run("atLeast", DeliveryGuarantee.AT_LEAST_ONCE);

    Map<String, Long> writer = metrics("atLeast", "Writer");
    assertThat(writer).containsEntry("numRecordsSend", (long) TOTAL);
    assertThat(writer.get("numRecordsOut")).isEqualTo(TOTAL);
    assertThat(writer.get("numBytesSend")).isPositive();
    assertThat(writer).containsKey("currentSendTime");
    assertThat(writer.get("raftless.putRequests")).isPositive();
    assertThat(writer)
        .containsEntry("numRecordsSendErrors", 0L)
        .containsEntry("raftless.unknownOutcomesLeft", 0L);
  }

  private void run(String job, DeliveryGuarantee guarantee) throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    env.setParallelism(1);
    RaftlessSinkBuilder<String> builder =
        RaftlessSink.<String>builder()
            .setStore(RegisteredStore.of(store))
            .setLog(LOG)
            .setSerializer(new Numbered.Serializer())
            .setDeliveryGuarantee(guarantee);
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      builder.setSinkId("numbers");
    }
    env.fromSource(
            new DataGeneratorSource<>(
                index -> Numbered.element(index, 5),
                TOTAL,
                RateLimiterStrategy.perCheckpoint(100),
                Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .sinkTo(builder.build())
        .name(job);
    env.execute(job);
  }

  /** Counters and gauges of an operator, by their names below it. */
  private static Map<String, Long> metrics(String sink, String operator) {
    Map<String, Long> metrics = new TreeMap<>();
    for (Map.Entry<MetricGroup, Map<String, Metric>> group :
        REPORTER.getMetricsByGroup().entrySet()) {
      String name = group.getKey().getAllVariables().getOrDefault("<operator_name>", "");
      if (name.contains(sink) && name.contains(operator)) {
        String[] scope = group.getKey().getScopeComponents();
        String prefix = scope[scope.length - 1].equals("raftless") ? "raftless." : "";
        group.getValue().forEach((metric, value) -> add(metrics, prefix + metric, value));
      }
    }
    assertThat(metrics).as(sink + " " + operator + " among " + names()).isNotEmpty();
    return metrics;
  }

  private static Collection<String> names() {
    return REPORTER.getMetricsByGroup().keySet().stream()
        .map(group -> group.getAllVariables().getOrDefault("<operator_name>", ""))
        .distinct()
        .toList();
  }

  private static void add(Map<String, Long> metrics, String name, Metric metric) {
    if (metric instanceof Counter counter) {
      metrics.put(name, counter.getCount());
    } else if (metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number) {
      metrics.put(name, number.longValue());
    }
  }
}
