package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.source.RaftlessSourceBuilder;
import io.raftless.flink.source.StopPosition;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

final class CheckpointingRequirementTest {
  private final RegisteredStore store = RegisteredStore.of(new MemoryObjectStore());
  private final StreamExecutionEnvironment env =
      StreamExecutionEnvironment.createLocalEnvironment();

  @Test
  void unboundedInputWithoutCheckpointsIsRefusedWhenTheTopologyIsBuilt() {
    copy(source());
    assertThatThrownBy(env::getStreamGraph)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("checkpointing is off")
        .hasMessageContaining("execution.checkpointing.interval");
  }

  @Test
  void unboundedInputWithCheckpointsIsFine() {
    env.enableCheckpointing(1_000);
    copy(source());
    assertThatCode(env::getStreamGraph).doesNotThrowAnyException();
  }

  @Test
  void boundedInputNeedsNoCheckpoints() {
    copy(source().setStopPosition(StopPosition.latest()));
    assertThatCode(env::getStreamGraph).doesNotThrowAnyException();
  }

  @Test
  void barriersThatAreNotAlignedAreRefused() {
    env.enableCheckpointing(1_000, CheckpointingMode.AT_LEAST_ONCE);
    copy(source());
    assertThatThrownBy(env::getStreamGraph)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("execution.checkpointing.mode is AT_LEAST_ONCE");
  }

  @Test
  void aJobThatMakesNoCheckpointAfterItsTasksFinishedIsRefused() {
    env.configure(
        new Configuration().set(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH, false));
    env.enableCheckpointing(1_000);
    copy(source().setStopPosition(StopPosition.latest()));
    assertThatThrownBy(env::getStreamGraph)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("checkpoints-after-tasks-finish");
  }

  @Test
  void batchExecutionCommitsAtItsEndWhateverIsSaidOfCheckpoints() {
    env.configure(
        new Configuration()
            .set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH)
            .set(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH, false));
    env.enableCheckpointing(1_000, CheckpointingMode.AT_LEAST_ONCE);
    copy(source().setStopPosition(StopPosition.latest()));
    assertThatCode(env::getStreamGraph).doesNotThrowAnyException();
  }

  private RaftlessSourceBuilder<String> source() {
    return RaftlessSource.<String>builder()
        .setStore(store)
        .setLog(LogId.of("", "from"))
        .setDeserializer(new Numbered.Deserializer());
  }

  private void copy(RaftlessSourceBuilder<String> source) {
    env.fromSource(source.build(), WatermarkStrategy.noWatermarks(), "from")
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(store)
                .setLog(LogId.of("", "to"))
                .setSinkId("sink")
                .setSerializer(new Numbered.Serializer())
                .build());
  }
}
