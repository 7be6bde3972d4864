package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.util.clusters.WorkerHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks come and go while records flow. It has a cluster of its own, which loses workers. */
@Timeout(240)
final class RebalanceTest {
  private static final int PARTITIONS = 4;
  private static final int BATCH = 50;

  @Test
  void workersAndTasksComeAndGoAndEveryRecordGoesThroughOnce() throws Exception {
    try (ConnectCluster cluster = ConnectCluster.start("rebalances");
        Flow flow = new Flow(cluster)) {
      String topic = flow.topic("moved", PARTITIONS);
      String copy = flow.topic("moved-copy", PARTITIONS);
      AtomicBoolean isOver = new AtomicBoolean();
      CompletableFuture<Integer> producing = produceUntil(flow, topic, isOver);

      String sink = flow.start("sink", flow.sink(topic));
      Map<String, String> reading = flow.source(topic);
      flow.awaitCount(topic, 1);
      String source = flow.start("source", reading);
      for (int round = 1; round <= 3; round++) {
        flow.awaitCount(topic, flow.count(topic) + 1);
        WorkerHandle more = cluster.connect().addWorker();
        flow.awaitCount(topic, flow.count(topic) + 1);
        restart(flow, cluster, sink, 0);
        restart(flow, cluster, source, round % 2);
        flow.awaitCount(topic, flow.count(topic) + 1);
        cluster.connect().removeWorker(more);
      }
      isOver.set(true);
      int each = producing.get();

      flow.awaitCount(topic, (long) each * PARTITIONS);
      List<String> sent = Flow.words("", 0, each);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        assertThat(flow.texts(topic, partition)).isEqualTo(sent);
        assertThat(flow.consume(copy, partition, each).stream().map(r -> Flow.text(r.value())))
            .containsExactlyElementsOf(sent);
      }
      flow.assertIntact(topic);
    }
  }

  /** A worker that has just come or gone takes no requests for a moment (409). */
  private static void restart(Flow flow, ConnectCluster cluster, String connector, int task)
      throws Exception {
    flow.await(
        () -> {
          cluster.connect().restartTask(connector, task);
          return true;
        },
        "task " + task + " of " + connector + " being restarted");
  }

  /** The same numbers to each partition; says how many. */
  private static CompletableFuture<Integer> produceUntil(
      Flow flow, String topic, AtomicBoolean isOver) {
    return CompletableFuture.supplyAsync(
        () -> {
          int next = 0;
          try {
            while (!isOver.get()) {
              List<ProducerRecord<byte[], byte[]>> some = new ArrayList<>();
              for (int i = 0; i < BATCH; i++, next++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                  some.add(
                      new ProducerRecord<>(
                          topic, partition, Flow.bytes("k"), Flow.bytes(String.valueOf(next))));
                }
              }
              flow.produce(some);
            }
          } catch (Exception e) {
            throw new IllegalStateException("producing", e);
          }
          return next;
        });
  }
}
