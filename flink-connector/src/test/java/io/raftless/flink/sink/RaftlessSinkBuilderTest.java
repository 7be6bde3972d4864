package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

final class RaftlessSinkBuilderTest {

  private static RaftlessSinkBuilder<String> complete() {
    return RaftlessSink.<String>builder()
        .setStore(RegisteredStore.of(new MemoryObjectStore()))
        .setLog(LogId.of("logs", "quakes"))
        .setSinkId("quakes-sink")
        .setSerializer(new Numbered.Serializer());
  }

  @Test
  void aSinkWithoutASinkIdIsRefusedAndTheMessageSaysWhatToCall() {
    RaftlessSinkBuilder<String> builder =
        RaftlessSink.<String>builder()
            .setStore(RegisteredStore.of(new MemoryObjectStore()))
            .setLog(LogId.of("logs", "quakes"))
            .setSerializer(new Numbered.Serializer());
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sinkId")
        .hasMessageContaining("setSinkId");
  }

  @Test
  void aSinkWithoutStoreLogOrSerializerIsRefused() {
    RaftlessSinkBuilder<String> builder = RaftlessSink.builder();
    assertThatThrownBy(builder::build).hasMessageContaining("setStore");
    builder.setStore(RegisteredStore.of(new MemoryObjectStore()));
    assertThatThrownBy(builder::build).hasMessageContaining("setLog");
    builder.setLog(LogId.of("", "quakes")).setSinkId("sink");
    assertThatThrownBy(builder::build).hasMessageContaining("setSerializer");
  }

  @Test
  void valuesThatMakeNoSenseAreRefusedWithTheOptionAndTheValue() {
    assertThatThrownBy(() -> complete().setSinkId(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sinkId ' '");
    assertThatThrownBy(() -> complete().setSinkId("x".repeat(201)))
        .hasMessageContaining("1 to 200");
    assertThatThrownBy(() -> complete().setCreateLogWithPartitions(0))
        .hasMessageContaining("createLogWithPartitions 0");
    assertThatThrownBy(() -> complete().setCreateLogWithPartitions(10_001))
        .hasMessageContaining("10001");
    assertThatThrownBy(() -> complete().setCommitTimeout(Duration.ZERO))
        .hasMessageContaining("commitTimeout PT0S");
  }

  @Test
  void everySinkThatIsBuiltIsASubmissionOfItsOwnAndKeepsItInTheJobGraph() throws Exception {
    RaftlessSinkBuilder<String> builder = complete();
    RaftlessSink<String> sink = builder.build();
    RaftlessSink<String> copy = InstantiationUtil.clone(sink);

    assertThat(copy.submissionId()).isEqualTo(sink.submissionId());
    assertThat(builder.build().submissionId()).isNotEqualTo(sink.submissionId());
  }
}
