package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.SabotagedSink.Saboteur;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.StagerOptions;
import io.raftless.maintenance.VacuumOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
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

/** What a job may be restored from, on a cluster. */
final class SinkHistoryTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int PARTITIONS = 3;
  private static final int KEYS = 13;
  private static final long ENDLESS = 1_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path directory;

  private final FaultyStore store = new FaultyStore();
  private final TestLog log = TestLog.of(store, LOG, PARTITIONS);
  private final List<JobClient> jobs = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        job.cancel().get();
      }
    }
    log.close();
  }

  @Test
  void anOlderSavepointIsRefusedAndTheJobThatRunsIsNotFenced() throws Exception {
    JobClient first = start(sink(OnRewind.FAIL), null);
    awaitMore();
    String savepoint = savepoint(first);
    awaitMore();

    JobClient second = start(sink(OnRewind.FAIL), savepoint);

    assertRefused(second, "the log holds commits of this sink id that its state does not know");
    awaitMore();
    assertThat(first.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    Numbered.assertUnbroken(log.elements());
  }

  @Test
  void anOlderSavepointCanBeGoneOnFromOnPurposeAndTheOtherBranchIsARewindThen() throws Exception {
    JobClient first = start(sink(OnRewind.FAIL), null);
    awaitMore();
    String fork = savepoint(first);
    awaitMore();
    String endOfFirst = stop(first);

    JobClient second = start(sink(OnRewind.CONTINUE), fork);
    awaitMore();
    String endOfSecond = stop(second);
    List<String> elements = log.elements();
    Set<String> distinct = new HashSet<>(elements);
    assertThat(elements).as("what was replayed is there twice").hasSizeGreaterThan(distinct.size());

    assertRefused(
        start(sink(OnRewind.FAIL), endOfFirst), "commits of this sink id that its state does not");

    start(sink(OnRewind.FAIL), endOfSecond);
    awaitMore();
  }

  @Test
  void aStopWithSavepointIsRestoredAlsoWhenItsLabelsHaveExpired() throws Exception {
    String savepoint = stop(startAndAwait());
    long size = log.size();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      log.log().trimToLatest(partition).join();
    }
    VacuumOptions everything = VacuumOptions.defaults().withRetention(Duration.ZERO);
    log.log().vacuum(everything, key -> {}).join();
    log.log().vacuum(everything, key -> {}).join();

    JobClient second = start(sink(OnRewind.FAIL), savepoint);
    awaitMore();
    stop(second);

    // Each key goes on with the number after the last one of the first job.
    assertThat(log.size()).isGreaterThan(size);
    List<String> written = readable();
    assertThat(written).doesNotHaveDuplicates();
    assertThat(written.size() + size).isEqualTo(log.size());
    assertThat(lowestIndex(written)).isEqualTo(size);
  }

  @Test
  void stateOfAnotherIncarnationIsRefusedAlsoWhenNothingIsPending() throws Exception {
    JobClient quiet = start(sink(OnRewind.FAIL), null, 100);
    CommonTestUtils.waitUtil(() -> log.size() == 100, PATIENCE, "not all is committed");
    String savepoint = stop(quiet);
    log.log().delete("test").join();
    try (RaftlessLog created = RaftlessLog.create(store, LOG, PARTITIONS)) {
      assertRefused(
          start(sink(OnRewind.CONTINUE), savepoint), "deleted since, or has another name");
      assertThat(created.describe().join().partitions())
          .allSatisfy(partition -> assertThat(partition.writers()).isEmpty());
    }
  }

  @Test
  void partitionsThatAreAddedAreUsedWhileTheJobRuns() throws Exception {
    RaftlessSink<String> sink =
        builder(OnRewind.FAIL).setPartitionDiscoveryInterval(Duration.ofMillis(1)).build();
    JobClient job = start(sink, null);
    awaitMore();
    log.log().addPartitions(PARTITIONS + 2).join();
    CommonTestUtils.waitUtil(
        () -> end(PARTITIONS) + end(PARTITIONS + 1) > 0,
        PATIENCE,
        "nothing is written to the new partitions");
    stop(job);

    List<String> elements = log.elements();
    assertThat(elements).doesNotHaveDuplicates();
    assertThat(lowestIndex(elements)).isZero();
    assertThat(highestIndex(elements)).isEqualTo(elements.size() - 1);
  }

  @Test
  void boundedInputWithoutCheckpointsIsThereOnceAlthoughTheJobFailedInItsCommit() throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.getCheckpointConfig().disableCheckpointing();
    AtomicInteger commits = new AtomicInteger();
    pipeline(env, new SabotagedSink(sink(OnRewind.FAIL), commitsToSomePartitions(commits)), 1_000);
    env.execute();

    assertThat(commits).hasValue(2);
    Numbered.assertExactlyOnce(log.elements(), KEYS, 1_000);
  }

  @Test
  void batchExecutionIsThereOnceAlthoughTheCommitterFailedHalfWay() throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.setRuntimeMode(RuntimeExecutionMode.BATCH);
    AtomicInteger commits = new AtomicInteger();
    pipeline(env, new SabotagedSink(sink(OnRewind.FAIL), commitsToSomePartitions(commits)), 1_000);
    env.execute();

    assertThat(commits).hasValue(2);
    List<String> elements = log.elements();
    assertThat(elements).hasSize(1_000).doesNotHaveDuplicates();
  }

  @Test
  void aJobWithoutAutomaticUidsCanUseTheSink() {
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.getConfig().disableAutoGeneratedUIDs();
    env.fromSource(
            new DataGeneratorSource<>(index -> "k/" + index, 10, Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .uid("numbers")
        .sinkTo(sink(OnRewind.FAIL))
        .uid("sink");

    assertThatCode(() -> env.getStreamGraph().getJobGraph()).doesNotThrowAnyException();
  }

  /** The first commit reaches all partitions but one. */
  private Saboteur commitsToSomePartitions(AtomicInteger commits) {
    return new Saboteur() {
      @Override
      public void beforeCommit() {
        if (commits.incrementAndGet() == 1) {
          store.follow(key -> FaultyStore.headOf(1).test(key) ? Answer.REFUSED : Answer.HONEST);
        }
      }

      @Override
      public void onFailure() {
        store.heal();
      }
    };
  }

  private JobClient startAndAwait() throws Exception {
    JobClient job = start(sink(OnRewind.FAIL), null);
    awaitMore();
    return job;
  }

  private void assertRefused(JobClient job, String why) {
    assertThatThrownBy(
            () -> job.getJobExecutionResult().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasStackTraceContaining(UnrecoverableException.class.getName())
        .hasStackTraceContaining(why);
  }

  private void awaitMore() throws Exception {
    long before = log.size();
    CommonTestUtils.waitUtil(() -> log.size() > before + 20, PATIENCE, "nothing more is committed");
  }

  private String savepoint(JobClient job) throws Exception {
    return job.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private String stop(JobClient job) throws Exception {
    return job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private long end(int partition) {
    return log.log().status(partition).join().nextOffset();
  }

  /** What was not trimmed. */
  private List<String> readable() throws InterruptedException {
    List<String> elements = new ArrayList<>();
    for (int partition = 0; partition < log.log().partitions(); partition++) {
      elements.addAll(log.readable(partition));
    }
    return elements;
  }

  private static long lowestIndex(List<String> elements) {
    return elements.stream().mapToLong(SinkHistoryTest::index).min().orElseThrow();
  }

  private static long highestIndex(List<String> elements) {
    return elements.stream().mapToLong(SinkHistoryTest::index).max().orElseThrow();
  }

  /** Of an element among all, see {@link Numbered#element(long, int)}. */
  private static long index(String element) {
    int slash = element.indexOf('/');
    return Long.parseLong(element.substring(1, slash))
        + KEYS * Long.parseLong(element.substring(slash + 1));
  }

  private RaftlessSink<String> sink(OnRewind onRewind) {
    return builder(onRewind).build();
  }

  private RaftlessSinkBuilder<String> builder(OnRewind onRewind) {
    return RaftlessSink.<String>builder()
        .setStore(RegisteredStore.of(store))
        .setLog(LOG)
        .setSinkId("numbers")
        .setSerializer(new Numbered.Serializer())
        .setStagerOptions(new StagerOptions(1 << 10, 1 << 20, 2, Compression.NONE))
        .setCommitTimeout(Duration.ofMillis(500))
        .setOnRewind(onRewind);
  }

  private JobClient start(Sink<String> sink, @Nullable String restoreFrom) throws Exception {
    return start(sink, restoreFrom, ENDLESS);
  }

  /** A job that runs on, but has nothing more to write after some elements. */
  private JobClient start(Sink<String> sink, @Nullable String restoreFrom, long written)
      throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory, true, restoreFrom);
    pipeline(env, sink, ENDLESS, written);
    JobClient job = env.executeAsync("numbers");
    jobs.add(job);
    return job;
  }

  private static void pipeline(StreamExecutionEnvironment env, Sink<String> sink, long total) {
    pipeline(env, sink, total, total);
  }

  private static void pipeline(
      StreamExecutionEnvironment env, Sink<String> sink, long total, long written) {
    env.fromSource(
            new DataGeneratorSource<>(
                index -> Numbered.element(index, KEYS),
                total,
                RateLimiterStrategy.perSecond(500),
                Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .setParallelism(1)
        .uid("numbers")
        .keyBy(Numbered::key)
        .filter(element -> index(element) < written)
        .uid("filter")
        .sinkTo(sink)
        .uid("sink");
  }
}
