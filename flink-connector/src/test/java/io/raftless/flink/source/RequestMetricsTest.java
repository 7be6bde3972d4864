package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.metrics.StoreMeter;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import org.junit.jupiter.api.Test;

final class RequestMetricsTest {
  private final RecordedMetrics recorded = new RecordedMetrics();

  @Test
  void requestsOfAllStoresOfASubtaskAreCountedTogetherAlsoOfThoseThatWereClosed() {
    StoreMeter meter = StoreMeter.of(recorded);
    assertThat(recorded.gauge("raftless.getRequests")).isEqualTo(0L);

    try (ObjectStore first = meter.measured(new MemoryObjectStore())) {
      first.get("a").join();
      first.get("b").join();
    }
    try (ObjectStore second = meter.measured(new MemoryObjectStore())) {
      second.get("c").join();
      second.list("", null).join();
      assertThat(recorded.gauge("raftless.getRequests")).isEqualTo(3L);
      assertThat(recorded.gauge("raftless.listRequests")).isEqualTo(1L);
    }
    assertThat(meter.counts().total()).isEqualTo(4);
  }
}
