package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.head.DataBlock;
import io.raftless.head.OriginRun;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AttributionTest {
  private static final Origin A = new Origin("a", 3);
  private static final Origin B = new Origin("b", 4);

  private final Attribution attribution = new Attribution();

  private List<DataBlock> block(long baseOffset, long endOffset) {
    return List.of(new DataBlock("key", 0, 1, baseOffset, endOffset, 0, 0));
  }

  private static OriginRun run(long baseOffset, long endOffset, @Nullable Origin origin) {
    return new OriginRun(baseOffset, endOffset, origin);
  }

  /** The parts of a batch, as runs. */
  private List<OriginRun> cut(long baseOffset, long endOffset) {
    List<LogRecord> records = new ArrayList<>();
    for (long offset = baseOffset; offset < endOffset; offset++) {
      records.add(record("r" + offset));
    }
    List<ReadBatch> parts = attribution.cut(new ReadBatch(0, baseOffset, records));
    List<LogRecord> together = new ArrayList<>();
    parts.forEach(part -> together.addAll(part.records()));
    assertThat(together).isEqualTo(records);
    return parts.stream().map(p -> run(p.baseOffset(), p.nextOffset(), p.origin())).toList();
  }

  @Test
  void aBatchOfOneOriginStaysWhole() {
    attribution.planned(block(10, 30), List.of(run(10, 30, A)));
    assertThat(cut(10, 20)).containsExactly(run(10, 20, A));
    assertThat(cut(20, 30)).containsExactly(run(20, 30, A));
  }

  @Test
  void aBatchIsCutWhereTheOriginChanges() {
    attribution.planned(block(10, 30), List.of(run(0, 12, A), run(12, 13, null), run(13, 40, B)));
    assertThat(cut(10, 20)).containsExactly(run(10, 12, A), run(12, 13, null), run(13, 20, B));
    assertThat(cut(20, 30)).containsExactly(run(20, 30, B));
  }

  @Test
  void plansFollowOneAnother() {
    attribution.planned(block(0, 10), List.of(run(0, 10, A)));
    attribution.planned(block(10, 20), List.of(run(10, 15, A), run(15, 20, B)));
    assertThat(cut(0, 10)).containsExactly(run(0, 10, A));
    assertThat(cut(10, 20)).containsExactly(run(10, 15, A), run(15, 20, B));
  }

  @Test
  void aPlanThatIsMadeAnewTakesThePlaceOfTheOldOneFromWhereItsFirstBlockBegins() {
    attribution.planned(block(0, 4), List.of(run(0, 4, A)));
    attribution.planned(block(4, 9), List.of(run(4, 6, B), run(6, 9, A)));
    // A segment in the place of all of it: its first block begins in the middle of the first run.
    attribution.planned(block(2, 12), List.of(run(0, 4, A), run(4, 6, B), run(6, 12, A)));
    assertThat(cut(0, 4)).containsExactly(run(0, 2, A), run(2, 4, A));
    assertThat(cut(4, 12)).containsExactly(run(4, 6, B), run(6, 12, A));
  }

  @Test
  void whatWasJumpedOverIsForgotten() {
    attribution.planned(block(0, 20), List.of(run(0, 5, A), run(5, 20, B)));
    assertThat(cut(10, 20)).containsExactly(run(10, 20, B));
  }

  @Test
  void whatWasNotPlannedIsABug() {
    attribution.planned(block(0, 5), List.of(run(0, 5, A)));
    assertThatThrownBy(() -> cut(0, 6))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("offset 5");
  }
}
