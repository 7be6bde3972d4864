package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job copies one log to another. Each partition has a key of its own, so order within a key is
 * order within a partition.
 */
final class SourceExactlyOnceTest {
  private static final LogId FROM = LogId.of("", "from");
  private static final LogId TO = LogId.of("", "to");
  private static final int PARTITIONS = 5;
  private static final int HALF = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path directory;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog from = TestLog.of(store, FROM, PARTITIONS);
  private final TestLog to = TestLog.of(store, TO, 3);

  @AfterEach
  void close() {
    from.close();
    to.close();
  }

  @Test
  void aTaskThatFailsInTheMiddleOfABoundedReadGoesOnWhereTheCheckpointWas() throws Exception {
    append(0, HALF / 2);
    append(HALF / 2, HALF);
    Map<Integer, Long> stops = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      stops.put(partition, 2L * HALF);
    }
    // The first half is in a checkpoint when the first element of the second half comes.
    FailOnce map = FailOnce.when(story -> story.elements.get() >= PARTITIONS * HALF);
    JobClient job =
        copy(
                Jobs.environment(directory),
                source().setStopPosition(StopPosition.offsets(stops)),
                map)
            .executeAsync();
    await(() -> to.size() == PARTITIONS * HALF, "the first half is not committed");

    append(HALF, 2 * HALF);
    job.getJobExecutionResult().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(map.story().failures).hasValue(1);
    assertThat(map.story().elements.get())
        .as("elements read, those of a restart included")
        .isLessThan(2 * PARTITIONS * HALF + PARTITIONS * HALF);
    Numbered.assertExactlyOnce(to.elements(), PARTITIONS, 2L * PARTITIONS * HALF);
  }

  @Test
  void aSavepointIsRestoredAtAnotherParallelism() throws Exception {
    append(0, HALF);
    JobClient first =
        copy(Jobs.environment(directory), source(), FailOnce.when(story -> false)).executeAsync();
    await(() -> to.size() == PARTITIONS * HALF, "the first half is not committed");
    String savepoint =
        first
            .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    append(HALF, 2 * HALF);

    StreamExecutionEnvironment env = Jobs.environment(directory, true, savepoint);
    env.setParallelism(3);
    FailOnce map = FailOnce.when(story -> false);
    JobClient second = copy(env, source(), map).executeAsync();
    await(() -> to.size() >= 2L * PARTITIONS * HALF, "the second half is not committed");
    second.cancel().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(map.story().elements).as("only the second half is read").hasValue(PARTITIONS * HALF);
    Numbered.assertExactlyOnce(to.elements(), PARTITIONS, 2L * PARTITIONS * HALF);
  }

  @Test
  void aBoundedReadOfAnEmptyLogEnds() throws Exception {
    copy(
            Jobs.environment(directory),
            source().setStopPosition(StopPosition.latest()),
            FailOnce.when(story -> false))
        .execute();
    assertThat(to.size()).isZero();
  }

  @Test
  void aBoundedReadWithEmptyPartitionsEndsAfterTheOthers() throws Exception {
    from.append(3, List.of(Numbered.record("k0/0"), Numbered.record("k0/1")));
    copy(
            Jobs.environment(directory),
            source().setStopPosition(StopPosition.latest()),
            FailOnce.when(story -> false))
        .execute();
    Numbered.assertExactlyOnce(to.elements(), 1, 2);
  }

  @Test
  void givenOffsetsAreWhereReadingStartsAndStops() throws Exception {
    append(0, HALF);
    Map<Integer, Long> starts = new HashMap<>();
    Map<Integer, Long> stops = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      starts.put(partition, 100L + partition);
      stops.put(partition, 103L + partition);
    }
    copy(
            Jobs.environment(directory),
            source()
                .setStartPosition(StartPosition.offsets(starts))
                .setStopPosition(StopPosition.offsets(stops)),
            FailOnce.when(story -> false))
        .execute();
    List<String> expected = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int i = 100 + partition; i < 103 + partition; i++) {
        expected.add("k" + partition + "/" + i);
      }
    }
    assertThat(to.elements()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void aLogThatDoesNotExistFailsTheJobWithoutRestarts() {
    RaftlessSourceBuilder<String> missing = source().setLog(LogId.of("", "missing"));
    FailOnce map = FailOnce.when(story -> false);
    assertThatThrownBy(() -> copy(Jobs.environment(directory), missing, map).execute())
        .hasStackTraceContaining(UnrecoverableException.class.getName())
        .hasStackTraceContaining("log missing does not exist");
  }

  private void append(int fromElement, int toElement) throws InterruptedException {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      List<LogRecord> records = new ArrayList<>();
      for (int i = fromElement; i < toElement; i++) {
        records.add(Numbered.record("k" + partition + "/" + i));
      }
      from.append(partition, records);
    }
  }

  private static void await(Supplier<Boolean> condition, String otherwise) throws Exception {
    CommonTestUtils.waitUtil(condition, PATIENCE, otherwise);
  }

  private RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(RegisteredStore.of(store))
        .setLog(FROM)
        .setDeserializer(new Numbered.Deserializer());
  }

  private StreamExecutionEnvironment copy(
      StreamExecutionEnvironment env, RaftlessSourceBuilder<String> source, FailOnce map) {
    env.fromSource(source.build(), WatermarkStrategy.noWatermarks(), "from")
        .uid("from")
        .map(map)
        .uid("map")
        .keyBy(Numbered::key)
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(RegisteredStore.of(store))
                .setLog(TO)
                .setSinkId("copy")
                .setSerializer(new Numbered.Serializer())
                .build())
        .uid("to");
    return env;
  }
}
