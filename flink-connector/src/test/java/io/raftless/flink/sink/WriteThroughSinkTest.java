package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.log.WriterOptions;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.runtime.partitioner.GlobalPartitioner;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class WriteThroughSinkTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int PARTITIONS = 3;
  private static final int KEYS = 13;
  private static final int TOTAL = 1_000;
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
  void atLeastOnceATaskThatFailsLosesNothing() throws Exception {
    FailOnce map = FailOnce.when(story -> story.checkpoints.get() >= 4);
    run(Jobs.environment(checkpoints), map, DeliveryGuarantee.AT_LEAST_ONCE);

    assertThat(map.story().failures).hasValue(1);
    assertNothingIsLost();
  }

  @Test
  void atLeastOnceAnAppendThatFailsLosesNothing() throws Exception {
    AtomicInteger replacements = new AtomicInteger();
    store.follow(key -> replacements.incrementAndGet() == 10 ? Answer.REFUSED : Answer.HONEST);
    FailOnce map = FailOnce.when(story -> false);
    run(Jobs.environment(checkpoints), map, DeliveryGuarantee.AT_LEAST_ONCE);

    assertThat(map.story().attempts).as("subtasks of two attempts").hasValueGreaterThan(2);
    assertNothingIsLost();
  }

  @Test
  void atLeastOnceALostResponseDoublesNothing() throws Exception {
    AtomicInteger replacements = new AtomicInteger();
    store.follow(
        key -> replacements.incrementAndGet() % 5 == 0 ? Answer.LOST_RESPONSE : Answer.HONEST);
    FailOnce map = FailOnce.when(story -> false);
    run(Jobs.environment(checkpoints), map, DeliveryGuarantee.AT_LEAST_ONCE);

    assertThat(map.story().attempts).as("it never restarted").hasValue(2);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void withoutAGuaranteeAndWithoutCheckpointsAllIsWrittenIfNothingFails() throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    env.getCheckpointConfig().disableCheckpointing();
    run(env, FailOnce.when(story -> false), DeliveryGuarantee.NONE);
    Numbered.assertExactlyOnce(log.elements(), KEYS, TOTAL);
  }

  @Test
  void withoutAGuaranteeAnAppendThatFailsLosesItsRecordsAndTheJobGoesOnWithoutARestart()
      throws Exception {
    AtomicInteger replacements = new AtomicInteger();
    store.follow(key -> replacements.incrementAndGet() == 10 ? Answer.REFUSED : Answer.HONEST);
    FailOnce map = FailOnce.when(story -> false);
    run(Jobs.environment(checkpoints), map, DeliveryGuarantee.NONE);

    assertThat(map.story().attempts).hasValue(2);
    assertThat(log.size()).isBetween(1L, TOTAL - 1L);
    assertThat(log.elements()).doesNotHaveDuplicates();
  }

  @Test
  void exactlyOnceHasAnEdgeThatBindsAllSubtasksAndTheOthersHaveNone() {
    assertThat(edgesToOneSubtask(DeliveryGuarantee.EXACTLY_ONCE)).isEqualTo(1);
    assertThat(edgesToOneSubtask(DeliveryGuarantee.AT_LEAST_ONCE)).isZero();
    assertThat(edgesToOneSubtask(DeliveryGuarantee.NONE)).isZero();
  }

  @Test
  void atLeastOnceOfUnboundedInputWithoutCheckpointsIsAtRisk() {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    WriteThroughSink<String> sink =
        (WriteThroughSink<String>) sink(DeliveryGuarantee.AT_LEAST_ONCE);
    WriteThroughSink<String> none = (WriteThroughSink<String>) sink(DeliveryGuarantee.NONE);
    DataStream<String> bounded = numbers(env, TOTAL);
    DataStream<String> unbounded =
        env.fromSource(
            RaftlessSource.<String>builder()
                .setStore(RegisteredStore.of(store))
                .setLog(LOG)
                .setDeserializer(new Numbered.Deserializer())
                .build(),
            noWatermarks(),
            "endless");
    assertThat(sink.isAtRisk(unbounded)).as("with checkpoints").isFalse();

    env.getCheckpointConfig().disableCheckpointing();
    assertThat(sink.isAtRisk(unbounded)).isTrue();
    assertThat(sink.isAtRisk(bounded)).isFalse();
    assertThat(none.isAtRisk(unbounded)).isFalse();
  }

  private static WatermarkStrategy<String> noWatermarks() {
    return WatermarkStrategy.noWatermarks();
  }

  private long edgesToOneSubtask(DeliveryGuarantee guarantee) {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    numbers(env, TOTAL).sinkTo(sink(guarantee));
    return env.getStreamGraph().getStreamNodes().stream()
        .map(StreamNode::getInEdges)
        .flatMap(List<StreamEdge>::stream)
        .filter(edge -> edge.getPartitioner() instanceof GlobalPartitioner)
        .count();
  }

  /** Each element is there, and their first appearances are in order of each key. */
  private void assertNothingIsLost() throws InterruptedException {
    List<String> elements = log.elements();
    assertThat(elements)
        .contains(
            IntStream.range(0, TOTAL)
                .mapToObj(index -> Numbered.element(index, KEYS))
                .toArray(String[]::new));
    Numbered.assertExactlyOnce(List.copyOf(new LinkedHashSet<>(elements)), KEYS, TOTAL);
  }

  private RaftlessSink<String> sink(DeliveryGuarantee guarantee) {
    RaftlessSinkBuilder<String> builder =
        RaftlessSink.<String>builder()
            .setStore(RegisteredStore.of(store))
            .setLog(LOG)
            .setSerializer(new Numbered.Serializer())
            .setDeliveryGuarantee(guarantee);
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      return builder.setSinkId("numbers").build();
    }
    return builder.setWriterOptions(WriterOptions.defaults().withLingerMillis(5)).build();
  }

  private static DataStream<String> numbers(StreamExecutionEnvironment env, int total) {
    return env.fromSource(
            new DataGeneratorSource<>(
                index -> Numbered.element(index, KEYS),
                total,
                RateLimiterStrategy.perCheckpoint(PER_CHECKPOINT),
                Types.STRING),
            noWatermarks(),
            "numbers")
        .setParallelism(1);
  }

  private void run(StreamExecutionEnvironment env, FailOnce map, DeliveryGuarantee guarantee)
      throws Exception {
    DataStream<String> numbers =
        env.getCheckpointConfig().isCheckpointingEnabled()
            ? numbers(env, TOTAL)
            : env.fromSource(
                    new DataGeneratorSource<>(
                        index -> Numbered.element(index, KEYS), TOTAL, Types.STRING),
                    noWatermarks(),
                    "numbers")
                .setParallelism(1);
    numbers.keyBy(Numbered::key).map(map).sinkTo(sink(guarantee));
    env.execute();
  }
}
