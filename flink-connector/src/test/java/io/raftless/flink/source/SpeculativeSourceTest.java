package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.BatchExecutionOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.SlowTaskDetectorOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several attempts of one subtask read at the same time; what one of them read counts. */
final class SpeculativeSourceTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int RECORDS = 200;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(speculative())
              .setNumberTaskManagers(2)
              .setNumberSlotsPerTaskManager(4)
              .build());

  @Test
  void everyRecordIsReadOnceWhenASlowReaderIsOvertakenByAnotherAttempt() throws Exception {
    everyRecordIsReadOnce(1);
  }

  @Test
  void everyRecordIsReadOnceAlsoWhenReadersAskForRanges() throws Exception {
    everyRecordIsReadOnce(5);
  }

  private static void everyRecordIsReadOnce(int ranges) throws Exception {
    MemoryObjectStore store = new MemoryObjectStore();
    try (TestLog log = TestLog.of(store, LOG, 4)) {
      for (int partition = 0; partition < 4; partition++) {
        String key = "k" + partition + "/";
        log.append(
            partition,
            IntStream.range(0, RECORDS).mapToObj(i -> Numbered.record(key + i)).toList());
      }
      StreamExecutionEnvironment env =
          StreamExecutionEnvironment.getExecutionEnvironment(speculative());
      env.setRuntimeMode(RuntimeExecutionMode.BATCH);
      env.setParallelism(2);
      StuckOnce map = new StuckOnce("ranges " + ranges);
      assertThat(
              env.fromSource(
                      RaftlessSource.<String>builder()
                          .setStore(RegisteredStore.of(store))
                          .setLog(LOG)
                          .setStopPosition(StopPosition.latest())
                          .setRangesPerPartition(ranges)
                          .setDeserializer(new Numbered.Deserializer())
                          .build(),
                      WatermarkStrategy.noWatermarks(),
                      "log")
                  .map(map)
                  .rebalance()
                  .executeAndCollect(100_000))
          .hasSize(4 * RECORDS)
          .doesNotHaveDuplicates();
      assertThat(map.attempts()).as("attempts of the subtask that was stuck").isGreaterThan(1);
    }
  }

  private static Configuration speculative() {
    Configuration configuration = new Configuration();
    configuration.set(BatchExecutionOptions.SPECULATIVE_ENABLED, true);
    configuration.set(BatchExecutionOptions.BLOCK_SLOW_NODE_DURATION, Duration.ZERO);
    configuration.set(SlowTaskDetectorOptions.CHECK_INTERVAL, Duration.ofMillis(100));
    configuration.set(
        SlowTaskDetectorOptions.EXECUTION_TIME_BASELINE_LOWER_BOUND, Duration.ofMillis(500));
    configuration.set(SlowTaskDetectorOptions.EXECUTION_TIME_BASELINE_RATIO, 0.25);
    return configuration;
  }

  /** The first attempt of the first subtask waits in the middle until it is cancelled. */
  private static final class StuckOnce extends RichMapFunction<String, String> {
    private static final long serialVersionUID = 1L;
    private static final Map<String, Integer> ATTEMPTS = new ConcurrentHashMap<>();

    private final String name;
    private transient boolean isStuck;
    private transient int elements;

    StuckOnce(String name) {
      this.name = name;
    }

    int attempts() {
      return ATTEMPTS.getOrDefault(name, 0);
    }

    @Override
    public void open(OpenContext context) {
      if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
        isStuck = ATTEMPTS.merge(name, 1, Integer::sum) == 1;
      }
    }

    @Override
    public String map(String element) throws InterruptedException {
      if (isStuck && ++elements == 10) {
        new CountDownLatch(1).await();
      }
      return element;
    }
  }
}
