package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.log.WriterOptions;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.s3.S3Settings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.SupportsConcurrentExecutionAttempts;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.lineage.DatasetConfigFacet;
import org.apache.flink.streaming.api.lineage.LineageDataset;
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
    TwoPhaseSink<String> sink = (TwoPhaseSink<String>) builder.build();
    TwoPhaseSink<String> copy = InstantiationUtil.clone(sink);
    TwoPhaseSink<String> next = (TwoPhaseSink<String>) builder.build();

    assertThat(copy.submissionId()).isEqualTo(sink.submissionId());
    assertThat(next.submissionId()).isNotEqualTo(sink.submissionId());
  }

  @Test
  void exactlyOnceSaysWhyItNeedsASinkIdAndTheOthersWhyTheyTakeNone() {
    RaftlessSinkBuilder<String> withId = complete();
    assertThat(withId.build().guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);

    for (DeliveryGuarantee guarantee :
        List.of(DeliveryGuarantee.AT_LEAST_ONCE, DeliveryGuarantee.NONE)) {
      assertThatThrownBy(withId.setDeliveryGuarantee(guarantee)::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("sinkId is set")
          .hasMessageContaining(guarantee.toString())
          .hasMessageContaining("leave it out");
      RaftlessSink<String> sink = withoutSinkId().setDeliveryGuarantee(guarantee).build();
      assertThat(sink.guarantee()).isEqualTo(guarantee);
    }
    assertThatThrownBy(withoutSinkId()::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("setSinkId")
        .hasMessageContaining("keeps older runs of the job from writing")
        .hasMessageContaining("setDeliveryGuarantee");
  }

  @Test
  void optionsThatMeanNothingWithTheDeliveryGuaranteeAreRefused() {
    assertThatThrownBy(complete().setWriterOptions(WriterOptions.defaults())::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("writerOptions")
        .hasMessageContaining("setStagerOptions");
    RaftlessSinkBuilder<String> direct =
        withoutSinkId().setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThatThrownBy(direct.setCompactAfterCommit(true)::build)
        .hasMessageContaining("compactAfterCommit");
    direct.setCompactAfterCommit(false);
    assertThatThrownBy(direct.setStagerOptions(StagerOptions.defaults())::build)
        .hasMessageContaining("stagerOptions")
        .hasMessageContaining("setWriterOptions");
  }

  @Test
  void writerOptionsThatFailWhenMemoryIsFullAndNegativeIntervalsAreRefused() {
    WriterOptions hasty = WriterOptions.defaults().withOnFull(WriterOptions.OnFull.FAIL);
    assertThatThrownBy(() -> complete().setWriterOptions(hasty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("onFull FAIL")
        .hasMessageContaining("BLOCK");
    assertThatThrownBy(() -> complete().setPartitionDiscoveryInterval(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("partitionDiscoveryInterval PT-1S");
  }

  @Test
  void speculativeAttemptsAreAllowedOfExactlyOnceOnly() {
    assertThat(complete().build()).isInstanceOf(SupportsConcurrentExecutionAttempts.class);
    assertThat(withoutSinkId().setDeliveryGuarantee(DeliveryGuarantee.NONE).build())
        .isNotInstanceOf(SupportsConcurrentExecutionAttempts.class);
  }

  @Test
  void dataCataloguesSeeTheLogAndTheStoreWithoutSecrets() {
    LineageDataset dataset = dataset(complete());
    assertThat(dataset.name()).isEqualTo("logs/quakes");
    assertThat(dataset.namespace()).isEqualTo("raftless://logs");

    S3Settings s3 =
        S3Settings.builder("quakes")
            .endpoint(URI.create("http://localhost:9000"))
            .credentials("the-key-id", "the-secret")
            .build();
    dataset = dataset(complete().setStore(s3));
    assertThat(dataset.namespace()).isEqualTo("raftless://localhost:9000/quakes");
    assertThat(dataset.facets().get("config"))
        .isInstanceOfSatisfying(
            DatasetConfigFacet.class,
            config ->
                assertThat(config.config())
                    .containsExactly(Map.entry("delivery-guarantee", "exactly-once")));
  }

  private static LineageDataset dataset(RaftlessSinkBuilder<String> builder) {
    List<LineageDataset> datasets = builder.build().getLineageVertex().datasets();
    assertThat(datasets).hasSize(1);
    return datasets.get(0);
  }

  private static RaftlessSinkBuilder<String> withoutSinkId() {
    return RaftlessSink.<String>builder()
        .setStore(RegisteredStore.of(new MemoryObjectStore()))
        .setLog(LogId.of("logs", "quakes"))
        .setSerializer(new Numbered.Serializer());
  }
}
