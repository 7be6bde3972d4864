package io.raftless.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TaskAssignmentTest {
  private static final Incarnation ONE = Incarnation.parse("0190f3c0-0000-7000-8000-000000000001");
  private static final Incarnation TWO = Incarnation.parse("0190f3c0-0000-7000-8000-000000000002");

  @Test
  void whatIsEncodedIsDecodedWhateverLogsAreCalled() {
    List<SourcePartition> share =
        IntStream.of(0, 1, 2, 4, 9, 10)
            .mapToObj(p -> new SourcePartition(LogId.of("a/b", "x-1.y_2"), ONE, p))
            .collect(Collectors.toCollection(ArrayList::new));
    share.add(new SourcePartition(LogId.of("a/b", "z"), TWO, 7));

    String text = TaskAssignment.encode(share);

    assertThat(text).isEqualTo("x-1.y_2@" + ONE + ":0-2,4,9-10;z@" + TWO + ":7");
    assertThat(TaskAssignment.decode("a/b", text)).isEqualTo(share);
  }

  @Test
  void everyPartitionIsInOneShare() {
    FoundLog a = new FoundLog(LogId.of("", "a"), ONE, 10);
    FoundLog b = new FoundLog(LogId.of("", "b"), TWO, 3);
    for (int tasks = 1; tasks <= 14; tasks++) {
      List<List<SourcePartition>> shares = TaskAssignment.share(List.of(a, b), tasks);
      assertThat(shares).hasSize(Math.min(tasks, 13));
      assertThat(shares.stream().flatMap(List::stream)).hasSize(13).doesNotHaveDuplicates();
      int smallest = shares.stream().mapToInt(List::size).min().orElseThrow();
      assertThat(shares).allMatch(share -> share.size() <= smallest + 1);
    }
    assertThat(TaskAssignment.share(List.of(), 3)).isEmpty();
  }

  @Test
  void everyTaskHasNeighboursOfEachLog() {
    FoundLog a = new FoundLog(LogId.of("", "a"), ONE, 7);
    FoundLog b = new FoundLog(LogId.of("", "b"), TWO, 4);
    FoundLog c = new FoundLog(LogId.of("", "c"), TWO, 1);

    assertThat(TaskAssignment.share(List.of(a, b, c), 3).stream().map(TaskAssignment::encode))
        .containsExactly(
            "a@" + ONE + ":0-2;b@" + TWO + ":3",
            "a@" + ONE + ":3-4;b@" + TWO + ":0-1",
            "a@" + ONE + ":5-6;b@" + TWO + ":2;c@" + TWO + ":0");
  }

  @Test
  void otherTextIsRefused() {
    assertThatThrownBy(() -> TaskAssignment.decode("", "orders:1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("restart");
  }
}
