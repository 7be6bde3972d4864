package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class ConnectClusterTest {
  @Test
  void twoWorkersAndABrokerComeUp() {
    try (ConnectCluster cluster = ConnectCluster.start("smoke");
        var store = cluster.store().open()) {
      assertThat(cluster.connect().allWorkersHealthy()).isTrue();
      assertThat(store.list("", null).join().objects()).isEmpty();
    }
  }
}
