package io.raftless.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The table says what was measured, and the comparison notices if it does not. */
class ModelTableTest {
  private static final String EMPTY =
      "before\n\n" + ModelTable.BEGIN + "\n" + ModelTable.END + "\nafter\n";

  private final ModelConfiguration holds;
  private final ModelConfiguration violates;
  private final ModelTable table;

  ModelTableTest() throws IOException {
    holds = TinyModels.configuration("Counter");
    violates = TinyModels.configuration("Counter-initial");
    table = ModelTable.parse(EMPTY).updated(all(), measured(1234, 1000, 7));
  }

  private List<ModelConfiguration> all() {
    return List.of(holds, violates);
  }

  private Map<ModelConfiguration, TlcRun> measured(long generated, long distinct, int diameter) {
    return Map.of(
        holds,
        run(new TlcVerdict.Holds(), generated, distinct, OptionalInt.of(diameter)),
        violates,
        run(new TlcVerdict.Violates("BelowLimit"), generated, distinct, OptionalInt.empty()));
  }

  private static TlcRun run(
      TlcVerdict verdict, long generated, long distinct, OptionalInt diameter) {
    return new TlcRun(
        verdict,
        Optional.of(new TlcRun.Search(generated, distinct, diameter)),
        Duration.ofMillis(1_260),
        "");
  }

  @Test
  void aPageIsWrittenAndReadAgain() {
    assertThat(table.page())
        .isEqualTo(
            "before\n\n"
                + ModelTable.BEGIN
                + "\n| configuration | what it shows | size | states generated | distinct |"
                + " diameter | time | verdict |\n"
                + "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |\n"
                + "| `Counter.cfg` | a counter counts | small | 1,234 | 1,000 | 7 | 1.3 s |"
                + " holds |\n"
                + "| `Counter-initial.cfg` | a counter that starts at its limit | small | 1,234 |"
                + " 1,000 | – | 1.3 s | violates BelowLimit |\n"
                + ModelTable.END
                + "\nafter\n");
    ModelTable again = ModelTable.parse(table.page());
    assertThat(again.page()).isEqualTo(table.page());
    assertThat(again.seconds(holds)).hasValue(1.3);
    assertThat(again.complaints(all(), measured(1234, 1000, 7))).isEmpty();
  }

  @Test
  void everyFigureOfAModelThatHoldsIsCompared() {
    assertThat(table.complaints(all(), measured(1235, 1000, 7)))
        .containsExactly("Counter.cfg: generated is '1,234' in the table, but '1,235'");
    assertThat(table.complaints(all(), measured(1234, 1001, 7)))
        .containsExactly("Counter.cfg: distinct is '1,000' in the table, but '1,001'");
    assertThat(table.complaints(all(), measured(1234, 1000, 8)))
        .containsExactly("Counter.cfg: diameter is '7' in the table, but '8'");
  }

  @Test
  void aMeasuredVerdictIsCompared() {
    TlcRun other = run(new TlcVerdict.Violates("InRange"), 1, 1, OptionalInt.of(1));
    assertThat(table.complaints(all(), Map.of(violates, other)))
        .containsExactly(
            "Counter-initial.cfg: verdict is 'violates BelowLimit' in the table, but 'violates"
                + " InRange'");
  }

  @Test
  void whatWasNotRunIsComparedWithItsHeader() throws IOException {
    assertThat(table.complaints(all(), Map.of())).isEmpty();
    ModelConfiguration changed =
        new ModelConfiguration(
            "Counter",
            ModelSize.LARGE,
            new TlcVerdict.Violates("InRange"),
            "something else",
            List.of("InRange"),
            List.of());
    assertThat(table.complaints(List.of(changed, violates), Map.of()))
        .containsExactly(
            "Counter.cfg: about is 'a counter counts' in the table, but 'something else'",
            "Counter.cfg: size is 'small' in the table, but 'large'",
            "Counter.cfg: verdict is 'holds' in the table, but 'violates InRange'");
  }

  @Test
  void aRowTooFewAndARowTooManyAreNoticed() throws IOException {
    ModelConfiguration more = TinyModels.configuration("Counter-stops");
    assertThat(table.complaints(List.of(holds, more), Map.of()))
        .containsExactly(
            "Counter-stops.cfg is not in the table",
            "Counter-initial.cfg is in the table, but not there");
  }

  @Test
  void rowsOfWhatWasNotRunStay() throws IOException {
    ModelConfiguration more = TinyModels.configuration("Counter-stops");
    TlcRun deadlock = run(new TlcVerdict.Deadlock(), 4, 4, OptionalInt.of(4));
    ModelTable updated = table.updated(List.of(holds, more), Map.of(more, deadlock));
    assertThat(updated.complaints(List.of(holds, more), measured(1234, 1000, 7))).isEmpty();
    assertThat(updated.page()).doesNotContain("Counter-initial").contains("| deadlock |");
  }

  @Test
  void whatFailedHasNotBeenMeasured() {
    TlcRun failed =
        new TlcRun(new TlcVerdict.Failed("no"), Optional.empty(), Duration.ofSeconds(1), "");
    assertThat(table.updated(all(), Map.of(holds, failed)).page()).isEqualTo(table.page());
    assertThat(table.complaints(all(), Map.of(holds, failed)))
        .containsExactly("Counter.cfg: verdict is 'holds' in the table, but 'error: no'");
  }

  @Test
  void aPageWithoutMarksOrWithTwoRowsOfOneIsRefused() {
    assertThatThrownBy(() -> ModelTable.parse("a page"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(ModelTable.BEGIN);
    String row =
        table
            .page()
            .lines()
            .filter(line -> line.contains("`Counter.cfg`"))
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> ModelTable.parse(table.page().replace(row, row + "\n" + row)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two rows of Counter.cfg");
  }
}
