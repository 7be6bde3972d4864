package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.store.MemoryObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkWriterMetricGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StagingWriterTest {
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
  void aCheckpointWithoutRecordsHasNoCommittables() throws Exception {
    assertThat(open(RaftlessPartitioner.byKey()).prepareCommit()).isEmpty();
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

  private StagingWriter<String> open(RaftlessPartitioner<String> partitioner) throws IOException {
    SinkSettings<String> settings =
        new SinkSettings<>(
            RegisteredStore.of(new MemoryObjectStore()),
            LogId.of("", "log"),
            3,
            "sink",
            "submission",
            new Numbered.Serializer(),
            partitioner,
            new StagerOptions(1 << 10, 1 << 20, 2, Compression.NONE),
            Duration.ofSeconds(10));
    writer = new StagingWriter<>(settings, OpenLog.of(settings), 5, metrics);
    return writer;
  }
}
