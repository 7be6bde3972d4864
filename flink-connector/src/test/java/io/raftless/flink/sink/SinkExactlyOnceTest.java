package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.sink.SabotagedSink.Saboteur;
import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class SinkExactlyOnceTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int PARTITIONS = 4;
  private static final int KEYS = 13;
  private static final int TOTAL = 2_000;
  private static final int PER_CHECKPOINT = 200;

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path checkpoints;

  private final FaultyStore store = new FaultyStore();
  private final TestLog log = TestLog.of(store, LOG, PARTITIONS);

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void everyElementIsThereOnceAndInOrderOfItsKey() throws Exception {
    run(Jobs.environment(checkpoints), FailOnce.when(story -> false), sink());
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void oneCommitterOwnsAllHeadsAndWritesEachOnceForACheckpoint() throws Exception {
    Set<Integer> committers = ConcurrentHashMap.newKeySet();
    AtomicInteger commits = new AtomicInteger();
    Saboteur saboteur =
        new Saboteur() {
          @Override
          public void commits(int subtask) {
            committers.add(subtask);
            commits.incrementAndGet();
          }
        };
    run(Jobs.environment(checkpoints), FailOnce.when(story -> false), sabotaged(saboteur));

    assertThat(committers).containsExactly(0);
    int acquires = PARTITIONS;
    assertThat(store.replaced()).hasSizeLessThanOrEqualTo(acquires + commits.get() * PARTITIONS);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void aTaskThatFailsAfterACheckpointChangesNothing() throws Exception {
    FailOnce map = FailOnce.when(story -> story.checkpoints.get() >= 6);
    run(Jobs.environment(checkpoints), map, sink());

    assertThat(map.story().failures).hasValue(1);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void aCommitterThatDiesBeforeItCommittedAnything() throws Exception {
    AtomicInteger commits = new AtomicInteger();
    Saboteur saboteur =
        new Saboteur() {
          @Override
          public void beforeCommit() throws IOException {
            if (commits.incrementAndGet() == 3) {
              throw new IOException("the test kills the committer");
            }
          }
        };
    run(Jobs.environment(checkpoints), FailOnce.when(story -> false), sabotaged(saboteur));

    assertThat(commits).hasValueGreaterThan(3);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void aCommitterThatDiesAfterItCommittedSomePartitions() throws Exception {
    AtomicInteger commits = new AtomicInteger();
    List<Long> moved = new ArrayList<>();
    Saboteur saboteur =
        new Saboteur() {
          private List<Long> before = List.of();

          @Override
          public void beforeCommit() {
            if (commits.incrementAndGet() == 3) {
              before = nextOffsets();
              store.follow(
                  key ->
                      FaultyStore.headOf(1).or(FaultyStore.headOf(2)).test(key)
                          ? Answer.REFUSED
                          : Answer.HONEST);
            }
          }

          @Override
          public void onFailure() {
            List<Long> after = nextOffsets();
            for (int partition = 0; partition < PARTITIONS; partition++) {
              moved.add(after.get(partition) - before.get(partition));
            }
            store.heal();
          }
        };
    run(Jobs.environment(checkpoints), FailOnce.when(story -> false), sabotaged(saboteur));

    assertThat(moved).hasSize(PARTITIONS);
    assertThat(moved.get(0)).isPositive();
    assertThat(moved.get(1)).isZero();
    assertThat(moved.get(2)).isZero();
    assertThat(moved.get(3)).isPositive();
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void aCommitterThatDiesAfterItCommittedAllButBeforeFlinkHearsOfIt() throws Exception {
    AtomicInteger commits = new AtomicInteger();
    Saboteur saboteur =
        new Saboteur() {
          @Override
          public void afterCommit() throws IOException {
            if (commits.incrementAndGet() == 3) {
              throw new IOException("the test kills the committer");
            }
          }
        };
    run(Jobs.environment(checkpoints), FailOnce.when(story -> false), sabotaged(saboteur));

    assertThat(commits).hasValueGreaterThan(3);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void aResubmissionCommitsWhatTheOldSubmissionStagedAlsoAtAnotherParallelism() throws Exception {
    AtomicInteger commits = new AtomicInteger();
    Saboteur saboteur =
        new Saboteur() {
          @Override
          public void beforeCommit() throws IOException {
            if (commits.incrementAndGet() == 3) {
              throw new IOException("the test kills the committer");
            }
          }
        };
    assertThatThrownBy(
            () ->
                run(
                    Jobs.environment(checkpoints, false, null),
                    FailOnce.when(story -> false),
                    sabotaged(saboteur)))
        .hasRootCauseMessage("the test kills the committer");
    assertThat(log.size()).isBetween(1L, (long) TOTAL - 1);

    StreamExecutionEnvironment resubmission =
        Jobs.environment(checkpoints, false, latestCheckpoint());
    resubmission.setParallelism(4);
    run(resubmission, FailOnce.when(story -> false), sink());

    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  private List<Long> nextOffsets() {
    List<Long> offsets = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      offsets.add(log.log().status(partition).join().nextOffset());
    }
    return offsets;
  }

  private String latestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(directory -> Files.exists(directory.resolve("_metadata")))
          .map(directory -> directory.toUri().toString())
          .max(Comparator.comparing(SinkExactlyOnceTest::checkpointId))
          .orElseThrow(() -> new AssertionError("no checkpoint was retained"));
    }
  }

  private static long checkpointId(String directory) {
    String withoutSlash = directory.substring(0, directory.lastIndexOf('/'));
    return Long.parseLong(withoutSlash.substring(withoutSlash.lastIndexOf("chk-") + 4));
  }

  private SabotagedSink sabotaged(Saboteur saboteur) {
    return new SabotagedSink(sink(), saboteur);
  }

  private RaftlessSink<String> sink() {
    return RaftlessSink.<String>builder()
        .setStore(RegisteredStore.of(store))
        .setLog(LOG)
        .setSinkId("numbers")
        .setSerializer(new Numbered.Serializer())
        // Small objects: a checkpoint has several of each writer, whose order matters.
        .setStagerOptions(new StagerOptions(1 << 10, 1 << 20, 2, Compression.NONE))
        .setCommitTimeout(Duration.ofMillis(500))
        .build();
  }

  /** One reader keeps the order of keys, and two writers share them. */
  private static void run(StreamExecutionEnvironment env, FailOnce map, Sink<String> sink)
      throws Exception {
    env.fromSource(
            new DataGeneratorSource<>(
                index -> Numbered.element(index, KEYS),
                TOTAL,
                RateLimiterStrategy.perCheckpoint(PER_CHECKPOINT),
                Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .setParallelism(1)
        .uid("numbers")
        .keyBy(Numbered::key)
        .map(map)
        .uid("map")
        .sinkTo(sink)
        .uid("sink");
    env.execute();
  }
}
