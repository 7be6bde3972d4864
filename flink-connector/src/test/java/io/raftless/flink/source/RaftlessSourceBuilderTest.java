package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.streaming.api.lineage.LineageDataset;
import org.apache.flink.streaming.api.lineage.SourceLineageVertex;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

final class RaftlessSourceBuilderTest {
  private static final LogId LOG = LogId.of("logs", "a");

  @Test
  void aSourceNeedsStoreDeserializerAndLogs() {
    assertThatThrownBy(() -> RaftlessSource.<String>builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("setDeserializer");
    assertThatThrownBy(() -> builder().build())
        .hasMessageContaining("setLog(LogId), setLogs or setLogPattern");
    assertThatThrownBy(
            () ->
                RaftlessSource.<String>builder()
                    .setLog(LOG)
                    .setDeserializer(new Numbered.Deserializer())
                    .build())
        .hasMessageContaining("setStore");
  }

  @Test
  void aSourceWithEverythingTravelsInTheJobGraph() throws Exception {
    RaftlessSource<String> source =
        builder()
            .setLogPattern("logs", Pattern.compile("a|b"))
            .setStartPosition(
                StartPosition.group(
                    "readers", StartPosition.offsetsOf(Map.of(new LogPartition(LOG, 0), 1L))))
            .setStopPosition(StopPosition.timestamp(1_000))
            .setGroup("readers")
            .setDiscoveryInterval(Duration.ofSeconds(5))
            .setOnRemoved(OnRemoved.IGNORE)
            .setOnPoison(OnPoison.SKIP)
            .build();
    RaftlessSource<String> copy = InstantiationUtil.clone(source);
    assertThat(copy).hasToString("RaftlessSource[log=logs/a|b, BOUNDED]");
    assertThat(copy.getBoundedness()).isEqualTo(Boundedness.BOUNDED);
  }

  @Test
  void aCatalogueIsToldOfTheLogsButNotOfAPattern() {
    RaftlessSource<String> listed = builder().setLogs(List.of(LOG, LogId.of("logs", "b"))).build();
    assertThat(listed.getLineageVertex().datasets())
        .extracting(LineageDataset::name)
        .containsExactly("logs/a", "logs/b");
    assertThat(listed.getLineageVertex().datasets())
        .extracting(LineageDataset::namespace)
        .containsOnly("raftless://logs");
    assertThat(((SourceLineageVertex) listed.getLineageVertex()).boundedness())
        .isEqualTo(Boundedness.CONTINUOUS_UNBOUNDED);

    RaftlessSource<String> matching =
        builder().setLogPattern("logs", Pattern.compile(".*")).build();
    assertThat(matching.getLineageVertex().datasets()).isEmpty();
  }

  @Test
  void offsetsByNumberFitOneLogOnly() {
    StartPosition numbers = StartPosition.offsets(Map.of(0, 1L));
    List<LogId> two = List.of(LOG, LogId.of("logs", "b"));
    for (StartPosition start : List.of(numbers, StartPosition.group("readers", numbers))) {
      assertThatThrownBy(() -> builder().setLogs(two).setStartPosition(start).build())
          .hasMessageContaining("offsetsOf");
      assertThat(builder().setLog(LOG).setStartPosition(start).build()).isNotNull();
    }
    assertThatThrownBy(
            () ->
                builder()
                    .setLogPattern("logs", Pattern.compile(".*"))
                    .setStopPosition(StopPosition.offsets(Map.of(0, 1L)))
                    .build())
        .hasMessageContaining("offsetsOf");
  }

  @Test
  void rangesAreForBoundedSourcesWithoutAGroup() {
    assertThatThrownBy(() -> builder().setLog(LOG).setRangesPerPartition(2).build())
        .hasMessageContaining("setStopPosition");
    RaftlessSourceBuilder<String> grouped =
        builder()
            .setLog(LOG)
            .setRangesPerPartition(2)
            .setStopPosition(StopPosition.latest())
            .setGroup("readers");
    assertThatThrownBy(grouped::build).hasMessageContaining("commitGroupOnCheckpoint");
    assertThat(grouped.setCommitGroupOnCheckpoint(false).build()).isNotNull();
    assertThatThrownBy(() -> builder().setRangesPerPartition(0)).hasMessageContaining("10000");
  }

  @Test
  void valuesThatAreNeverRightAreRefused() {
    assertThatThrownBy(() -> builder().setGroup("no/group")).hasMessageContaining("group");
    assertThatThrownBy(() -> builder().setLogs(List.of())).hasMessageContaining("at least one");
    assertThatThrownBy(() -> builder().setLogs(List.of(LOG, LOG))).hasMessageContaining("twice");
    assertThatThrownBy(() -> builder().setLogPattern("/logs/", Pattern.compile(".*")))
        .hasMessageContaining("key prefix");
    assertThatThrownBy(() -> builder().setDiscoveryInterval(Duration.ofNanos(1)))
        .hasMessageContaining("1 ms");
    assertThatThrownBy(() -> builder().setDiscoveryInterval(Duration.ofMillis(-1)))
        .hasMessageContaining("discoveryInterval");
    assertThatThrownBy(
            () -> StartPosition.group("a", StartPosition.group("b", StartPosition.earliest())))
        .hasMessageContaining("fallback");
    assertThatThrownBy(() -> StartPosition.offsets(Map.of(-1, 1L))).hasMessageContaining("-1");
    assertThatThrownBy(() -> StopPosition.offsetsOf(Map.of(new LogPartition(LOG, 0), -1L)))
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> new LogPartition(LOG, -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> builder().setLog(LOG).setCommitGroupOnCheckpoint(true).build())
        .hasMessageContaining("setGroup");
  }

  @Test
  void partitionsAreAtLeastOneAndNotNegative() {
    assertThatThrownBy(() -> builder().setPartitions(Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("setPartitions")
        .hasMessageContaining("at least one");
    assertThatThrownBy(() -> builder().setPartitions(Set.of(0, -7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("setPartitions")
        .hasMessageContaining("-7");
    assertThat(builder().setLog(LOG).setPartitions(Set.of(0, 7)).build()).isNotNull();
  }

  private static RaftlessSourceBuilder<String> builder() {
    return RaftlessSource.<String>builder()
        .setStore(RegisteredStore.of(new MemoryObjectStore()))
        .setDeserializer(new Numbered.Deserializer());
  }
}
