package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.LogRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

final class PartitionersTest {
  private static final LogRecord RECORD = LogRecord.of(new byte[] {1}, new byte[] {2}, 3);

  /** What a writer's copy chooses for a number of records. */
  private static List<Integer> choices(
      RaftlessPartitioner<String> partitioner, int subtask, int parallelism, int partitions)
      throws Exception {
    RaftlessPartitioner<String> copy = InstantiationUtil.clone(partitioner);
    copy.open(subtask, parallelism);
    List<Integer> choices = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      choices.add(copy.partition("element", RECORD, partitions));
    }
    return choices;
  }

  @Test
  void roundRobinGivesEachPartitionItsTurnAndEachWriterBeginsElsewhere() throws Exception {
    RaftlessPartitioner<String> partitioner = RaftlessPartitioner.roundRobin();
    assertThat(choices(partitioner, 0, 4, 3)).containsExactly(0, 1, 2, 0, 1);
    assertThat(choices(partitioner, 1, 4, 3)).containsExactly(1, 2, 0, 1, 2);
    assertThat(choices(partitioner, 3, 4, 3)).containsExactly(0, 1, 2, 0, 1);
  }

  @Test
  void roundRobinTakesNewPartitionsInAsSoonAsTheyAreKnown() {
    RaftlessPartitioner<String> partitioner = RaftlessPartitioner.roundRobin();
    partitioner.open(0, 1);
    assertThat(partitioner.partition("a", RECORD, 2)).isZero();
    assertThat(partitioner.partition("a", RECORD, 2)).isEqualTo(1);
    assertThat(partitioner.partition("a", RECORD, 4)).isEqualTo(2);
    assertThat(partitioner.partition("a", RECORD, 4)).isEqualTo(3);
    assertThat(partitioner.partition("a", RECORD, 4)).isZero();
  }

  @Test
  void fixedGivesEachWriterOnePartition() throws Exception {
    RaftlessPartitioner<String> partitioner = RaftlessPartitioner.fixed();
    assertThat(choices(partitioner, 0, 4, 3)).containsOnly(0);
    assertThat(choices(partitioner, 2, 4, 3)).containsOnly(2);
    assertThat(choices(partitioner, 3, 4, 3)).containsOnly(0);
  }

  @Test
  void aLambdaIsAPartitionerAndTravels() throws Exception {
    RaftlessPartitioner<String> partitioner = (element, record, partitions) -> partitions - 1;
    assertThat(choices(partitioner, 0, 1, 3)).containsOnly(2);
  }
}
