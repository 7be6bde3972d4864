package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.Compression;
import io.raftless.head.LogSettings;
import io.raftless.log.LogId;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class CompactAfterCommitTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int PARTITIONS = 3;
  private static final int KEYS = 13;
  private static final int TOTAL = 1_000;

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path checkpoints;

  /** Counts segments, and refuses them on demand. */
  private static final class SegmentStore extends ForwardingObjectStore {
    private final AtomicInteger segments = new AtomicInteger();
    private volatile boolean refuses;

    SegmentStore() {
      super(new MemoryObjectStore());
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      if (key.contains("/segment/")) {
        segments.incrementAndGet();
        if (refuses) {
          return CompletableFuture.failedFuture(
              StoreException.refused("no segments, says the test", new IOException("no")));
        }
      }
      return super.putIfAbsent(key, body);
    }
  }

  private final SegmentStore store = new SegmentStore();

  @Test
  void whatIsDueAfterACommitIsCompactedAndTheRecordsStayTheSame() throws Exception {
    try (TestLog log = eagerLog(store)) {
      run(Jobs.environment(checkpoints), FailOnce.when(story -> false), true);
      assertThat(store.segments).hasPositiveValue();
      Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
    }
  }

  @Test
  void aBatchJobIsCompactedBeforeItEnds() throws Exception {
    try (TestLog log = eagerLog(store)) {
      StreamExecutionEnvironment env = Jobs.environment(checkpoints);
      env.setRuntimeMode(RuntimeExecutionMode.BATCH);
      run(env, FailOnce.when(story -> false), true);
      assertThat(store.segments).hasPositiveValue();
      Numbered.assertExactlyOnceInAnyOrder(log.elements(), KEYS, TOTAL);
    }
  }

  @Test
  void aCompactionThatFailsDoesNotFailTheJob() throws Exception {
    store.refuses = true;
    try (TestLog log = eagerLog(store)) {
      FailOnce map = FailOnce.when(story -> false);
      run(Jobs.environment(checkpoints), map, true);
      assertThat(store.segments).hasPositiveValue();
      assertThat(map.story().attempts).as("it never restarted").hasValue(2);
      Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
    }
  }

  @Test
  void aTaskThatFailsWhileItCompactsChangesNothing() throws Exception {
    try (TestLog log = eagerLog(store)) {
      FailOnce map = FailOnce.when(story -> story.checkpoints.get() >= 4);
      run(Jobs.environment(checkpoints), map, true);
      assertThat(map.story().failures).hasValue(1);
      assertThat(store.segments).hasPositiveValue();
      Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
    }
  }

  @Test
  void unlessItIsAskedForNothingIsCompacted() throws Exception {
    try (TestLog log = eagerLog(store)) {
      run(Jobs.environment(checkpoints), FailOnce.when(story -> false), false);
      assertThat(store.segments).hasValue(0);
      Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
    }
  }

  /** A log of which every entry is due at once. */
  private static TestLog eagerLog(ObjectStore store) {
    TestLog log = TestLog.of(store, LOG, PARTITIONS);
    log.log().changeSettings(CompactAfterCommitTest::eager).join();
    return log;
  }

  private static LogSettings eager(LogSettings settings) {
    return settings.withCompaction(
        new LogSettings.Compaction(1L << 20, 4 << 10, Compression.NONE, 1L, 2, 1_000L));
  }

  private void run(StreamExecutionEnvironment env, FailOnce map, boolean compacts)
      throws Exception {
    boolean isBatch =
        env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    env.fromSource(
            isBatch
                ? new DataGeneratorSource<>(
                    index -> Numbered.element(index, KEYS), TOTAL, Types.STRING)
                : new DataGeneratorSource<>(
                    index -> Numbered.element(index, KEYS),
                    TOTAL,
                    RateLimiterStrategy.perCheckpoint(200),
                    Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .setParallelism(1)
        .keyBy(Numbered::key)
        .map(map)
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(RegisteredStore.of(store))
                .setLog(LOG)
                .setSinkId("numbers")
                .setSerializer(new Numbered.Serializer())
                .setCompactAfterCommit(compacts)
                .build());
    env.execute();
  }
}
