package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StagingWriterTest {
  private static final Duration DISCOVERY_INTERVAL = Duration.ofMinutes(5);

  private static final SinkWriter.Context CONTEXT =
      new SinkWriter.Context() {
        @Override
        public long currentWatermark() {
          return Long.MIN_VALUE;
        }

        @Override
        @SuppressWarnings("NullAway") // Flink's contract: null without a timestamp.
        public Long timestamp() {
          return null;
        }
      };

  private final SinkWriterMetricGroup metrics =
      InternalSinkWriterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());

  private final CountingObjectStore store = new CountingObjectStore(new MemoryObjectStore());
  private final AtomicLong nanoTime = new AtomicLong();

  private @Nullable StagingWriter<String> writer;

  @AfterEach
  void close() {
    if (writer != null) {
      writer.close();
    }
  }

  @Test
  void objectsAreNumberedInTheOrderInWhichTheyWereStagedAlsoOverCheckpoints() throws Exception {
    StagingWriter<String> writer = open(RaftlessPartitioner.byKey());
    List<StagedObject> objects = new ArrayList<>();
    for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
      for (int i = 0; i < 500; i++) {
        writer.write("key" + i + "/" + i, CONTEXT);
      }
      objects.addAll(writer.prepareCommit());
    }

    assertThat(objects).hasSizeGreaterThan(3);
    for (int i = 0; i < objects.size(); i++) {
      assertThat(objects.get(i).sequence()).isEqualTo(i);
    }
    assertThat(objects).allMatch(object -> object.subtask() == 5);
    assertThat(objects).allMatch(object -> object.submissionId().equals("submission"));
    assertThat(objects.stream().flatMap(o -> o.batches().stream()).mapToInt(b -> b.batch().count()))
        .satisfies(counts -> assertThat(counts.stream().mapToInt(c -> c).sum()).isEqualTo(1_500));
  }

  @Test
  void aCheckpointWithoutRecordsHasAMarkerOnlyAndCostsNoRequest() throws Exception {
    StagingWriter<String> writer = open(RaftlessPartitioner.byKey());
    long before = store.counts().total();

    List<StagedObject> objects = writer.prepareCommit();

    assertThat(objects).hasSize(1);
    assertThat(objects.get(0).batches()).isEmpty();
    assertThat(objects.get(0).history()).isNotNull();
    assertThat(store.counts().total()).isEqualTo(before);
  }

  @Test
  void recordsAndBytesAreCounted() throws Exception {
    StagingWriter<String> writer = open(RaftlessPartitioner.byKey());
    writer.write("a/0", CONTEXT);
    writer.write("b/0", CONTEXT);
    assertThat(metrics.getNumRecordsSendCounter().getCount()).isEqualTo(2);

    List<StagedObject> objects = writer.prepareCommit();
    long bytes =
        objects.stream()
            .flatMap(object -> object.batches().stream())
            .mapToLong(batch -> batch.batch().length())
            .sum();
    assertThat(metrics.getNumBytesSendCounter().getCount()).isEqualTo(bytes).isPositive();
  }

  @Test
  void aPartitionThatTheLogDoesNotHaveIsRefused() throws Exception {
    StagingWriter<String> writer = open((element, record, partitions) -> partitions);
    assertThatThrownBy(() -> writer.write("a/0", CONTEXT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("partition 3")
        .hasMessageContaining("0 to 2");
  }

  @Test
  void partitionsThatAreAddedAreUsedAfterTheNextLookAndItsCheckpoint() throws Exception {
    StagingWriter<String> writer = open((element, record, partitions) -> partitions - 1);
    grow(5);

    nanoTime.addAndGet(DISCOVERY_INTERVAL.toNanos() - 1);
    long before = store.counts().total();
    writer.prepareCommit();
    assertThat(store.counts().total()).as("not yet time to look").isEqualTo(before);
    nanoTime.addAndGet(1);
    writer.prepareCommit();
    assertThat(store.counts().total()).as("one request").isEqualTo(before + 1);
    writer.write("a/0", CONTEXT);
    assertThat(partitionsOf(writer.prepareCommit())).containsExactly(2);

    writer.write("a/1", CONTEXT);
    assertThat(partitionsOf(writer.prepareCommit())).containsExactly(4);
  }

  @Test
  void withoutDiscoveryTheNumberOfPartitionsStays() throws Exception {
    StagingWriter<String> writer =
        open((element, record, partitions) -> partitions - 1, Duration.ZERO);
    grow(5);
    nanoTime.addAndGet(Duration.ofDays(1).toNanos());
    writer.prepareCommit();
    writer.prepareCommit();
    writer.write("a/0", CONTEXT);
    assertThat(partitionsOf(writer.prepareCommit())).containsExactly(2);
  }

  @Test
  void objectsSayWhetherAllTheirRecordsWerePlacedRepeatably() throws Exception {
    StagingWriter<String> writer = open(RaftlessPartitioner.byKey());
    writer.write("a/0", CONTEXT);
    assertThat(writer.prepareCommit().get(0).repeatableOver()).isEqualTo(3);

    StagingWriter<String> custom = open((element, record, partitions) -> 0);
    custom.write("a/0", CONTEXT);
    assertThat(custom.prepareCommit().get(0).repeatableOver()).isZero();
  }

  private void grow(int partitions) {
    try (TestLog log = TestLog.of(store, LogId.of("", "log"), 3)) {
      log.log().addPartitions(partitions).join();
    }
  }

  private static List<Integer> partitionsOf(List<StagedObject> objects) {
    return objects.stream().flatMap(o -> o.batches().stream()).map(b -> b.partition()).toList();
  }

  private StagingWriter<String> open(RaftlessPartitioner<String> partitioner) throws IOException {
    return open(partitioner, DISCOVERY_INTERVAL);
  }

  private StagingWriter<String> open(
      RaftlessPartitioner<String> partitioner, Duration discoveryInterval) throws IOException {
    close();
    SinkSettings<String> settings =
        new SinkSettings<>(
            RegisteredStore.of(store),
            LogId.of("", "log"),
            3,
            "sink",
            "submission",
            new Numbered.Serializer(),
            partitioner,
            new StagerOptions(1 << 10, 1 << 20, 2, Compression.NONE),
            Duration.ofSeconds(10),
            OnRewind.FAIL,
            discoveryInterval);
    OpenLog log = OpenLog.of(settings);
    writer =
        new StagingWriter<>(
            settings,
            log,
            History.beginning(log.log().incarnation(), "submission"),
            5,
            metrics,
            nanoTime::get);
    return writer;
  }
}
