package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.connect.sink.TaskPartition.Buffered;
import io.raftless.connect.sink.TaskPartition.Chunk;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagedBatch;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Rounds, one after the other, through what is used again. */
class UploadsTest {
  private static final LogId LOG = LogId.of("logs", "orders");

  private final Results results = new Results();
  private final SinkMetrics metrics = new SinkMetrics();
  private final List<TaskPartition> failed = new ArrayList<>();
  private final Uploads uploads =
      new Uploads(
          SinkSettings.Memory.defaults(),
          results,
          (partition, trouble) -> failed.add(partition),
          metrics);

  private TaskPartition partition(int target, int records) {
    TopicPartition id = new TopicPartition("orders", target);
    TaskPartition made =
        new TaskPartition(
            id,
            "writer-" + target,
            new LogTarget(LOG, target),
            new PartitionLifecycle(id, metrics));
    for (int offset = 0; offset < records; offset++) {
      made.buffer(new Buffered(offset, LogRecord.of(null, new byte[10], 0), 10, 0));
    }
    return made;
  }

  private void round(RaftlessLog log, TaskPartition... from) {
    uploads.start(log, List.of(from));
    results.await(60_000, () -> uploads.inFlight() == 0);
  }

  private static List<StagedBatch> staged(TaskPartition partition) {
    return partition.chunks.stream().map(UploadsTest::staged).flatMap(List::stream).toList();
  }

  private static List<StagedBatch> staged(Chunk chunk) {
    List<StagedBatch> staged = chunk.staged;
    return staged == null ? List.of() : staged;
  }

  @Test
  void nothingOfARoundThatFailedIsInTheNextOne() {
    try (ObjectStore store = new MemoryObjectStore();
        RaftlessLog log = RaftlessLog.create(store, LOG, 2)) {
      TaskPartition first = partition(0, 3);
      TaskPartition absent = partition(7, 1);
      round(log, first, absent);
      assertThat(failed).containsExactly(first, absent);
      assertThat(staged(first)).isEmpty();

      TaskPartition again = partition(0, 2);
      TaskPartition other = partition(1, 5);
      round(log, again, other);
      assertThat(failed).hasSize(2);
      assertThat(staged(again)).singleElement().returns(2, batch -> batch.batch().count());
      assertThat(staged(other)).singleElement().returns(5, batch -> batch.batch().count());
    }
  }

  @Test
  void roundsHaveTheirOwnRecords() {
    try (ObjectStore store = new MemoryObjectStore();
        RaftlessLog log = RaftlessLog.create(store, LOG, 1)) {
      for (int records = 1; records <= 3; records++) {
        TaskPartition partition = partition(0, records);
        round(log, partition);
        assertThat(staged(partition)).singleElement().returns(records, b -> b.batch().count());
      }
      assertThat(uploads.bytes()).isZero();
      assertThat(failed).isEmpty();
    }
  }

  @Test
  void ofLogsWithoutARoundOnlyTheLastOneIsKept() {
    try (ObjectStore store = new MemoryObjectStore()) {
      List<RaftlessLog> logs = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        logs.add(RaftlessLog.create(store, LogId.of("logs", "log-" + i), 1));
      }
      for (RaftlessLog log : logs) {
        round(log, partition(0, 1));
        assertThat(uploads.openLogs()).isOne();
      }
      // A log with a round under way keeps what that needs.
      TaskPartition first = partition(0, 2);
      TaskPartition second = partition(0, 3);
      uploads.start(logs.get(0), List.of(first));
      uploads.start(logs.get(1), List.of(second));
      assertThat(uploads.openLogs()).isEqualTo(2);
      results.await(60_000, () -> uploads.inFlight() == 0);
      assertThat(staged(first)).singleElement().returns(2, b -> b.batch().count());
      assertThat(staged(second)).singleElement().returns(3, b -> b.batch().count());
      logs.forEach(RaftlessLog::close);
    }
  }
}
