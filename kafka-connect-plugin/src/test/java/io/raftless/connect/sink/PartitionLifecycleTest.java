package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionLifecycleTest {
  private final SinkMetrics metrics = new SinkMetrics();
  private final PartitionLifecycle lifecycle =
      new PartitionLifecycle(new TopicPartition("orders", 0), metrics);

  @Test
  void goesThroughTheTable() {
    for (PartitionState next :
        new PartitionState[] {
          PartitionState.LOST,
          PartitionState.ACQUIRING,
          PartitionState.FENCED,
          PartitionState.ACQUIRING,
          PartitionState.OPEN,
          PartitionState.PAUSED,
          PartitionState.OPEN,
          PartitionState.FENCED,
          PartitionState.CLOSED
        }) {
      lifecycle.become(next);
      assertThat(lifecycle.state()).isEqualTo(next);
    }
    for (PartitionState state : PartitionState.values()) {
      assertThat(metrics.partitions(state)).isZero();
    }
  }

  @Test
  void refusesWhatTheTableDoesNotHave() {
    assertThatThrownBy(() -> lifecycle.become(PartitionState.PAUSED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("orders-0 cannot become PAUSED, it is ACQUIRING");
    lifecycle.become(PartitionState.CLOSED);
    assertThatThrownBy(() -> lifecycle.become(PartitionState.ACQUIRING))
        .isInstanceOf(IllegalStateException.class);
  }
}
