package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MeasuredCommitterTest {
  private static final List<CommitRequest<StagedObject>> REQUESTS =
      List.of(
          new FakeRequest(
              StagedObject.marker(
                  "submission",
                  0,
                  0,
                  History.beginning(
                      Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), "submission"))));

  private final Recorder metrics = new Recorder();
  private final Failing failing = new Failing();
  private final MeasuredCommitter committer = new MeasuredCommitter(failing, metrics);

  @Test
  void aFenceShowsAndCountsAsAFailure() throws Exception {
    committer.commit(REQUESTS);
    assertThat(metrics.gauge("fenced")).isEqualTo(0);

    failing.failure = new SinkFencedException("fenced by the test", new IOException("epoch"));
    assertThatThrownBy(() -> committer.commit(REQUESTS)).isSameAs(failing.failure);
    assertThat(metrics.gauge("fenced")).isEqualTo(1);
    assertThat(metrics.count("commits")).isEqualTo(1);
    assertThat(metrics.count("commitFailures")).isEqualTo(1);
  }

  @Test
  void everyCommitWithDataIsInTheHistogram() throws Exception {
    committer.commit(List.of());
    assertThat(metrics.histogram("commitLatencyMillis").getCount()).isZero();
    committer.commit(REQUESTS);
    committer.commit(REQUESTS);
    failing.failure = new IOException("the store is away, says the test");
    assertThatThrownBy(() -> committer.commit(REQUESTS)).isSameAs(failing.failure);

    assertThat(metrics.histogram("commitLatencyMillis").getCount()).isEqualTo(3);
    assertThat(metrics.histogram("commitLatencyMillis").getStatistics().getMax())
        .isGreaterThanOrEqualTo((long) metrics.gauge("lastCommitMillis"));
  }

  @Test
  void anotherFailureIsNoFence() {
    failing.failure = new IOException("the store is away, says the test");
    assertThatThrownBy(() -> committer.commit(REQUESTS)).isSameAs(failing.failure);
    assertThat(metrics.gauge("fenced")).isEqualTo(0);
    assertThat(metrics.count("commitFailures")).isEqualTo(1);
  }

  private static final class Failing implements Committer<StagedObject> {
    private @Nullable IOException failure;

    @Override
    public void commit(Collection<CommitRequest<StagedObject>> requests) throws IOException {
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void close() {}
  }

  /** All groups as one. */
  private static final class Recorder extends UnregisteredMetricsGroup {
    private final Map<String, Gauge<?>> gauges = new HashMap<>();
    private final Map<String, Counter> counters = new HashMap<>();
    private final Map<String, Histogram> histograms = new HashMap<>();

    @Override
    public MetricGroup addGroup(String name) {
      return this;
    }

    @Override
    public Counter counter(String name) {
      return counters.computeIfAbsent(name, unused -> new SimpleCounter());
    }

    @Override
    public <H extends Histogram> H histogram(String name, H histogram) {
      histograms.put(name, histogram);
      return histogram;
    }

    Histogram histogram(String name) {
      return Objects.requireNonNull(histograms.get(name), name);
    }

    @Override
    public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
      gauges.put(name, gauge);
      return gauge;
    }

    Object gauge(String name) {
      return Objects.requireNonNull(gauges.get(name), name).getValue();
    }

    long count(String name) {
      return Objects.requireNonNull(counters.get(name), name).getCount();
    }
  }
}
