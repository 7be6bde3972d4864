package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class SourceAlignmentTest {
  private static final LogId FROM = LogId.of("", "from");
  private static final LogId TO = LogId.of("", "to");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** So many checkpoints without a new element mean that the partition is paused. */
  private static final int LONG_ENOUGH = 20;

  private static final int MOST_RECORDS = 50;

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path directory;

  @Test
  void aPartitionThatIsFarAheadIsPausedUntilTheOtherFollows() throws Exception {
    MemoryObjectStore store = new MemoryObjectStore();
    RegisteredStore registered = RegisteredStore.of(store);
    FailOnce map = FailOnce.when(story -> false);
    try (TestLog from = TestLog.of(store, FROM, 2);
        TestLog to = TestLog.of(store, TO, 1)) {
      append(from, 1, "k1/0", 0);
      JobClient job = start(registered, map);
      CommonTestUtils.waitUtil(() -> to.size() == 1, PATIENCE, "nothing is read");

      int appended = 0;
      boolean isPaused = false;
      while (!isPaused && appended < MOST_RECORDS) {
        append(from, 0, "k0/" + appended, 1_000_000L + appended);
        appended++;
        long expected = 1L + appended;
        int until = map.story().checkpoints.get() + LONG_ENOUGH;
        CommonTestUtils.waitUtil(
            () -> to.size() == expected || map.story().checkpoints.get() >= until,
            PATIENCE,
            "no checkpoints");
        isPaused = to.size() < expected;
      }
      assertThat(isPaused).as("the partition was paused after %s records", appended).isTrue();

      append(from, 1, "k1/1", 2_000_000);
      long all = 2L + appended;
      CommonTestUtils.waitUtil(() -> to.size() == all, PATIENCE, "the partition stays paused");
      job.cancel().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      Numbered.assertUnbroken(to.elements());
    }
  }

  private static void append(TestLog log, int partition, String element, long timestamp)
      throws InterruptedException {
    LogRecord record = Numbered.record(element);
    log.append(partition, List.of(LogRecord.of(record.key(), record.value(), timestamp)));
  }

  private JobClient start(RegisteredStore store, FailOnce map) throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(directory);
    env.setParallelism(1);
    env.getConfig().setAutoWatermarkInterval(Duration.ofMillis(10).toMillis());
    env.fromSource(
            RaftlessSource.<String>builder()
                .setStore(store)
                .setLog(FROM)
                .setDeserializer(new Numbered.Deserializer())
                .build(),
            WatermarkStrategy.<String>forMonotonousTimestamps()
                .withWatermarkAlignment("together", Duration.ofSeconds(10), Duration.ofMillis(10)),
            "from")
        .map(map)
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(store)
                .setLog(TO)
                .setSinkId("copy")
                .setSerializer(new Numbered.Serializer())
                .build());
    return env.executeAsync();
  }
}
