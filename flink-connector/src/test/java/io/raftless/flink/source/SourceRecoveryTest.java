package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.GatedReads;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A job is failed, stopped and restored at other parallelisms while logs and partitions come. */
final class SourceRecoveryTest {
  private static final LogId TO = LogId.of("", "to");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int BATCH = 50;
  private static final int RANGES = 8;

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path directory;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final RegisteredStore registered = RegisteredStore.of(store);
  private final TestLog to = TestLog.of(store, TO, 3);
  private final List<TestLog> logs = new ArrayList<>();

  /** How much was appended to each partition, which has a key of its own. */
  private final Map<String, Integer> appended = new LinkedHashMap<>();

  @AfterEach
  void close() {
    logs.forEach(TestLog::close);
    to.close();
  }

  @Test
  void noRecordIsLostOrDoubledWhateverHappensToTheJob() throws Exception {
    @Nullable String savepoint = null;
    for (int parallelism : List.of(1, 4, 2, 3)) {
      // While the job is down a log comes, and the others grow.
      for (TestLog log : logs) {
        log.log().addPartitions(log.log().partitions() + 1).join();
      }
      logs.add(TestLog.of(store, LogId.of("logs", "log" + logs.size()), 2));
      appendToAll();

      long before = to.size();
      FailOnce map = FailOnce.when(story -> story.elements.get() > BATCH);
      JobClient job = start(parallelism, savepoint, map);
      awaitAll();
      // And while it runs.
      logs.get(0).log().addPartitions(logs.get(0).log().partitions() + 1).join();
      appendToAll();
      awaitAll();
      assertThat(to.size()).isGreaterThan(before);
      assertThat(map.story().failures).hasValue(1);
      savepoint =
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    Numbered.assertUnbroken(to.elements());
    assertThat(to.elements()).hasSize(appended.values().stream().mapToInt(n -> n).sum());
  }

  /**
   * Two readers ask for one range after the other. While their first reads wait, checkpoints are
   * made: the other ranges are in them only as what the enumerator has not handed out. The job
   * fails, and the same happens to what was restored, before all is read in the end.
   */
  @Test
  void rangesThatNoReaderHasYetSurviveACheckpointAndOneOfTheRecoveryAfterIt() throws Exception {
    int partitions = 2;
    int perPartition = RANGES * 25;
    LogId id = LogId.of("logs", "ranges");
    TestLog ranges = TestLog.of(store, id, partitions);
    logs.add(ranges);
    for (int partition = 0; partition < partitions; partition++) {
      String key = "k" + partition;
      ranges.append(
          partition,
          IntStream.range(0, perPartition).mapToObj(i -> Numbered.record(key + "/" + i)).toList());
    }
    GatedReads gate =
        new GatedReads(store, key -> key.startsWith(id.prefix()) && key.contains("/wal/"));
    RegisteredStore gated = RegisteredStore.of(gate);
    gate.shut();
    // The first element of all fails the job, and what is read after that waits again.
    FailOnce map =
        FailOnce.when(
            story -> {
              if (story.failures.get() == 0) {
                gate.shut();
              }
              return true;
            });
    try {
      JobClient job = copyRanges(gated, id, 2, null, map);
      CommonTestUtils.waitUtil(() -> gate.held() >= 2, PATIENCE, "nobody reads");
      awaitCheckpoints(map.story(), 2);
      gate.open();
      CommonTestUtils.waitUtil(
          () -> map.story().attempts.get() >= 4, PATIENCE, "the job does not restart");
      awaitCheckpoints(map.story(), 2);
      assertThat(map.story().elements).as("elements read so far").hasValueLessThan(perPartition);
      String savepoint =
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      gate.open();
      copyRanges(gated, id, 3, savepoint, FailOnce.when(story -> false))
          .getJobExecutionResult()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } finally {
      gate.open();
    }

    assertThat(map.story().failures).hasValue(1);
    Numbered.assertExactlyOnceInAnyOrder(
        to.elements(), partitions, (long) partitions * perPartition);
  }

  /** Waits until a reader's task has heard of so many more checkpoints, two tasks as of now. */
  private static void awaitCheckpoints(FailOnce.Story story, int checkpoints) throws Exception {
    int enough = story.checkpoints.get() + 2 * checkpoints;
    CommonTestUtils.waitUtil(
        () -> story.checkpoints.get() >= enough, PATIENCE, "no checkpoint is completed");
  }

  private JobClient copyRanges(
      RegisteredStore gated, LogId id, int parallelism, @Nullable String savepoint, FailOnce map)
      throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory, true, savepoint);
    env.setParallelism(parallelism);
    env.fromSource(
            RaftlessSource.<String>builder()
                .setStore(gated)
                .setLog(id)
                .setStopPosition(StopPosition.latest())
                .setRangesPerPartition(RANGES)
                .setDeserializer(new Numbered.Deserializer())
                .build(),
            WatermarkStrategy.noWatermarks(),
            "from")
        .uid("from")
        .map(map)
        .uid("map")
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(registered)
                .setLog(TO)
                .setSinkId("copy")
                .setSerializer(new Numbered.Serializer())
                .build())
        .uid("to");
    return env.executeAsync();
  }

  private void appendToAll() throws InterruptedException {
    for (TestLog log : logs) {
      int partitions = log.log().refreshPartitions().join();
      for (int partition = 0; partition < partitions; partition++) {
        String key = log.log().id().name() + "-" + partition;
        int from = appended.getOrDefault(key, 0);
        log.append(
            partition,
            IntStream.range(from, from + BATCH)
                .mapToObj(i -> Numbered.record(key + "/" + i))
                .toList());
        appended.put(key, from + BATCH);
      }
    }
  }

  private void awaitAll() throws Exception {
    long all = appended.values().stream().mapToLong(n -> n).sum();
    CommonTestUtils.waitUtil(() -> to.size() >= all, PATIENCE, "not all is read");
  }

  private JobClient start(int parallelism, @Nullable String savepoint, FailOnce map)
      throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory, true, savepoint);
    env.setParallelism(parallelism);
    env.fromSource(
            RaftlessSource.<String>builder()
                .setStore(registered)
                .setLogPattern("logs", Pattern.compile("log.*"))
                .setDiscoveryInterval(Duration.ofMillis(20))
                .setGroup("readers")
                .setDeserializer(new Numbered.Deserializer())
                .build(),
            WatermarkStrategy.noWatermarks(),
            "from")
        .uid("from")
        .map(map)
        .uid("map")
        .keyBy(Numbered::key)
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(registered)
                .setLog(TO)
                .setSinkId("copy")
                .setSerializer(new Numbered.Serializer())
                .build())
        .uid("to");
    return env.executeAsync();
  }
}
