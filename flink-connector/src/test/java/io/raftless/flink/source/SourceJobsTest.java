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
import io.raftless.log.ReaderOptions;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the options of a source do to running jobs. Each partition has a key of its own. */
final class SourceJobsTest {
  private static final LogId A = LogId.of("logs", "a");
  private static final LogId B = LogId.of("logs", "b");
  private static final LogId TO = LogId.of("", "to");
  private static final int MOST = 100_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path directory;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final RegisteredStore registered = RegisteredStore.of(store);
  private final List<TestLog> opened = new ArrayList<>();
  private final TestLog to = log(TO, 3);

  @AfterEach
  void close() {
    opened.forEach(TestLog::close);
  }

  @Test
  void newLogsAndPartitionsOfAPatternAreReadFromTheirStartAlsoAcrossAFailure() throws Exception {
    TestLog a = log(A, 2);
    append(a, 0, "k0", 0, 100);
    FailOnce map = FailOnce.when(story -> story.elements.get() >= 250);
    JobClient job =
        copy(
                pattern()
                    .setStartPosition(StartPosition.latest())
                    .setDiscoveryInterval(Duration.ofMillis(20)),
                map)
            .executeAsync();
    await(() -> map.story().checkpoints.get() > 3, "no checkpoints");
    append(a, 1, "k0", 0, 100);
    await(() -> to.size() == 100, "what is new in a known partition is not read");

    TestLog b = log(B, 1);
    append(b, 0, "k1", 0, 100);
    log(LogId.of("logs", "unlike"), 1).append(0, List.of(Numbered.record("k9/0")));
    await(() -> to.size() == 200, "the new log is not read from its start");

    a.log().addPartitions(3).join();
    append(a, 2, "k2", 0, 100);
    await(() -> to.size() == 300, "the new partition is not read from its start");
    append(b, 0, "k1", 100, 101);
    await(() -> to.size() == 301, "the new log is not read on");
    job.cancel().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    assertThat(map.story().failures).hasValue(1);
    Numbered.assertUnbroken(to.elements());
    assertThat(to.elements()).hasSize(301).contains("k0/99", "k1/100", "k2/99");
  }

  @Test
  void aListOfLogsIsReadToItsEnd() throws Exception {
    append(log(A, 2), 1, "k0", 0, 10);
    append(log(B, 1), 0, "k1", 0, 10);
    assertThat(collect(source().setLogs(List.of(A, B)).setStopPosition(StopPosition.latest()), 2))
        .hasSize(20)
        .contains("k0/9", "k1/9");
  }

  @Test
  void timestampsBoundWhatIsRead() throws Exception {
    TestLog a = log(A, 1);
    a.append(
        0,
        IntStream.range(0, 10)
            .mapToObj(
                i -> {
                  LogRecord record = Numbered.record("k0/" + i);
                  return LogRecord.of(record.key(), record.value(), 1_000 + i);
                })
            .toList());
    assertThat(
            collect(
                source()
                    .setLog(A)
                    .setStartPosition(StartPosition.timestamp(1_003))
                    .setStopPosition(StopPosition.timestamp(1_006)),
                2))
        .containsExactly("k0/3", "k0/4", "k0/5");
  }

  @Test
  void aGroupFollowsABoundedJobToItsEndAndTheNextJobGoesOnFromThere() throws Exception {
    TestLog a = log(A, 2);
    append(a, 0, "k0", 0, 50);
    append(a, 1, "k1", 0, 70);
    RaftlessSourceBuilder<String> source =
        source()
            .setLog(A)
            .setGroup("readers")
            .setStartPosition(StartPosition.group("readers", StartPosition.earliest()))
            .setStopPosition(StopPosition.latest());
    copy(source, FailOnce.when(story -> false)).execute();
    assertThat(to.size()).isEqualTo(120);
    assertThat(a.log().group("readers").position(0).join().offset()).hasValue(50);
    assertThat(a.log().group("readers").position(1).join().offset()).hasValue(70);

    append(a, 1, "k1", 70, 75);
    assertThat(collect(source, 2)).containsExactly("k1/70", "k1/71", "k1/72", "k1/73", "k1/74");
  }

  @Test
  void aRemovedLogFailsTheJobForGood() throws Exception {
    TestLog a = log(A, 1);
    append(a, 0, "k0", 0, 10);
    FailOnce map = FailOnce.when(story -> false);
    JobClient job = copy(pattern().setDiscoveryInterval(Duration.ofMillis(20)), map).executeAsync();
    await(() -> to.size() == 10, "nothing is read");
    a.log().delete("test").join();
    assertThatThrownBy(
            () -> job.getJobExecutionResult().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasStackTraceContaining(UnrecoverableException.class.getName())
        .hasStackTraceContaining("logs/a")
        .hasStackTraceContaining("OnRemoved.IGNORE");
    assertThat(map.story().attempts).as("subtasks started").hasValue(2);
  }

  @Test
  void aLogThatWasCreatedAgainIsReadFromItsStartIfRemovedOnesAreIgnored() throws Exception {
    TestLog a = log(A, 1);
    append(a, 0, "k0", 0, 10);
    FailOnce map = FailOnce.when(story -> false);
    JobClient job =
        copy(
                pattern()
                    .setOnRemoved(OnRemoved.IGNORE)
                    .setDiscoveryInterval(Duration.ofMillis(20)),
                map)
            .executeAsync();
    await(() -> to.size() == 10, "nothing is read");
    a.log().delete("test").join();
    append(log(A, 1), 0, "k1", 0, 20);
    await(() -> to.size() == 30, "the new log is not read");
    job.cancel().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(map.story().attempts).as("subtasks started").hasValue(2);
    Numbered.assertUnbroken(to.elements());
  }

  @Test
  void offsetsThatWereTrimmedFailTheJobOrAreSkippedAsToldSo() throws Exception {
    TestLog a = log(A, 1);
    append(a, 0, "k0", 0, 10);
    a.log().trim(0, 6).join();
    RaftlessSourceBuilder<String> source =
        source()
            .setLog(A)
            .setStartPosition(StartPosition.offsets(Map.of(0, 2L)))
            .setStopPosition(StopPosition.latest());
    assertThatThrownBy(() -> collect(source, 2))
        .hasStackTraceContaining(UnrecoverableException.class.getName())
        .hasStackTraceContaining("offset 2 of partition 0 of log logs/a was trimmed away");
    source.setReaderOptions(
        ReaderOptions.defaults().withOnTrimmed(ReaderOptions.OnTrimmed.EARLIEST));
    assertThat(collect(source, 2)).containsExactly("k0/6", "k0/7", "k0/8", "k0/9");
  }

  @Test
  void rangesOfPartitionsAreReadByAllReadersAndEveryRecordOnce() throws Exception {
    TestLog a = log(A, 2);
    append(a, 0, "k0", 0, 1_000);
    append(a, 1, "k1", 0, 3);
    for (RuntimeExecutionMode mode :
        List.of(RuntimeExecutionMode.BATCH, RuntimeExecutionMode.STREAMING)) {
      StreamExecutionEnvironment env = Jobs.environment(directory);
      env.setRuntimeMode(mode);
      RaftlessSourceBuilder<String> source =
          source().setLog(A).setStopPosition(StopPosition.latest()).setRangesPerPartition(7);
      assertThat(collect(env, source, 3)).hasSize(1_003).doesNotHaveDuplicates();
    }
  }

  @Test
  void poisonRecordsGoToTheirSideOutput() throws Exception {
    TestLog a = log(A, 1);
    append(a, 0, "k0", 0, 3);
    LogRecord poison = LogRecord.of(null, new byte[] {7}, 77);
    a.append(0, List.of(poison));
    append(a, 0, "k0", 3, 5);
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.getConfig().disableObjectReuse();
    OutputTag<PoisonRecord> tag = PoisonRecord.tag("poison");
    SingleOutputStreamOperator<String> elements =
        source()
            .setLog(A)
            .setStopPosition(StopPosition.latest())
            .buildStream(env, WatermarkStrategy.noWatermarks(), "a", tag);
    DataStream<String> described =
        elements
            .getSideOutput(tag)
            .rebalance()
            .map(p -> p.log() + "/" + p.partition() + "@" + p.offset() + ": " + p.record());
    assertThat(elements.union(described).executeAndCollect(MOST))
        .containsExactlyInAnyOrder("k0/0", "k0/1", "k0/2", "k0/3", "k0/4", "logs/a/0@3: " + poison);
  }

  @Test
  void poisonRecordsFailTheJobUnlessTheyAreSkipped() throws Exception {
    TestLog a = log(A, 1);
    append(a, 0, "k0", 0, 3);
    a.append(0, List.of(LogRecord.of(null, new byte[] {7}, 77)));
    RaftlessSourceBuilder<String> source =
        source().setLog(A).setStopPosition(StopPosition.latest());
    StreamExecutionEnvironment once = Jobs.environment(directory, false, null);
    assertThatThrownBy(() -> collect(once, source, 1))
        .hasStackTraceContaining("the record at offset 3 of partition 0 of log logs/a");
    assertThat(collect(source.setOnPoison(OnPoison.SKIP), 1)).hasSize(3);
  }

  private TestLog log(LogId id, int partitions) {
    TestLog log = TestLog.of(store, id, partitions);
    opened.add(log);
    return log;
  }

  private static void append(TestLog log, int partition, String key, int from, int to)
      throws InterruptedException {
    log.append(
        partition,
        IntStream.range(from, to).mapToObj(i -> Numbered.record(key + "/" + i)).toList());
  }

  private static void await(Supplier<Boolean> condition, String otherwise) throws Exception {
    CommonTestUtils.waitUtil(condition, PATIENCE, otherwise);
  }

  private RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(registered)
        .setDeserializer(new Numbered.Deserializer());
  }

  private RaftlessSourceBuilder<String> pattern() {
    return source().setLogPattern("logs", Pattern.compile("[ab]"));
  }

  private List<String> collect(RaftlessSourceBuilder<String> source, int parallelism)
      throws Exception {
    return collect(Jobs.environment(directory), source, parallelism);
  }

  private static List<String> collect(
      StreamExecutionEnvironment env, RaftlessSourceBuilder<String> source, int parallelism)
      throws Exception {
    env.setParallelism(parallelism);
    return env.fromSource(source.build(), WatermarkStrategy.noWatermarks(), "from")
        .executeAndCollect(MOST);
  }

  private StreamExecutionEnvironment copy(RaftlessSourceBuilder<String> source, FailOnce map) {
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.fromSource(source.build(), WatermarkStrategy.noWatermarks(), "from")
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
    return env;
  }
}
