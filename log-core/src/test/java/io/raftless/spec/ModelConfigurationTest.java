package io.raftless.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says about itself is read, and held against what TLC says. */
class ModelConfigurationTest {
  private static final String GOOD =
      """
      \\* size: medium
      \\* expect: violates Second
      \\* about: something: with a colon
      \\* Any other comment.
      SPECIFICATION Spec \\* about: not a header
      CONSTANTS
        Limit = 3
        Words = {INVARIANT_LIKE}
      INVARIANTS
        First \\* not: Third
        Second
      CHECK_DEADLOCK FALSE
      (* INVARIANT
         Fourth *)
      INVARIANT Fifth
      PROPERTY Always
      PROPERTIES Often Sometimes
      CONSTRAINT Small
      """;

  private static final TlcRun.Search SEARCH = new TlcRun.Search(1, 1, OptionalInt.of(1));

  private static TlcRun run(TlcVerdict verdict) {
    return new TlcRun(verdict, Optional.of(SEARCH), Duration.ZERO, "the trace");
  }

  @Test
  void itIsRead() {
    ModelConfiguration read = ModelConfiguration.parse("Model-some-variant", GOOD);
    assertThat(read.module()).isEqualTo("Model");
    assertThat(read.fileName()).isEqualTo("Model-some-variant.cfg");
    assertThat(read.size()).isEqualTo(ModelSize.MEDIUM);
    assertThat(read.expected()).isEqualTo(new TlcVerdict.Violates("Second"));
    assertThat(read.about()).isEqualTo("something: with a colon");
    assertThat(read.invariants()).containsExactly("First", "Second", "Fifth");
    assertThat(read.properties()).containsExactly("Always", "Often", "Sometimes");
    assertThat(ModelConfiguration.parse("Model", GOOD).module()).isEqualTo("Model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "size: medium            | size: tiny      | a size is small, medium or large, not tiny",
        "expect: violates Second | expect: fails   | what is expected is",
        "violates Second         | violates Third  | Third cannot be violated: it is not among",
        "size: medium            |  no size        | do not say 'size'",
        "expect:                 |  expected:      | do not say 'expect'",
        "something: with a colon |  ''             | do not say 'about'",
        "Any other comment       |  size: small    | 'size' is there twice",
      })
  void whatIsMissingOrWrongIsSaid(String good, String bad, String message) {
    assertThat(GOOD).contains(good);
    assertThatThrownBy(() -> ModelConfiguration.parse("Model", GOOD.replace(good, bad)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void headersAreAtTheTop() {
    assertThatThrownBy(() -> ModelConfiguration.parse("Model", "SPECIFICATION Spec\n" + GOOD))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do not say 'size'");
  }

  @Test
  void whatChecksNothingIsRefused() {
    String nothing =
        """
        \\* size: small
        \\* expect: holds
        \\* about: nothing
        SPECIFICATION Spec
        """;
    assertThatThrownBy(() -> ModelConfiguration.parse("Model", nothing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("it checks nothing, so it cannot fail");
  }

  @Test
  void theExpectedVerdictIsNoCauseForComplaint() throws IOException {
    ModelConfiguration holds = TinyModels.configuration("Counter");
    assertThat(holds.complaint(run(new TlcVerdict.Holds()))).isEmpty();
    ModelConfiguration violates = TinyModels.configuration("Counter-invariant");
    assertThat(violates.complaint(run(new TlcVerdict.Violates("BelowLimit")))).isEmpty();
    ModelConfiguration stops = TinyModels.configuration("Counter-stops");
    assertThat(stops.complaint(run(new TlcVerdict.Deadlock()))).isEmpty();
  }

  @Test
  void aCounterexampleThatShouldNotBeThereIsShown() throws IOException {
    assertThat(
            TinyModels.configuration("Counter")
                .complaint(run(new TlcVerdict.Violates("InRange")))
                .orElseThrow())
        .startsWith("Counter.cfg: expected was 'holds', but TLC says 'violates InRange'")
        .endsWith("the trace");
  }

  @Test
  void aCounterexampleThatIsNotThereIsComplainedOf() throws IOException {
    ModelConfiguration violates = TinyModels.configuration("Counter-invariant");
    assertThat(violates.complaint(run(new TlcVerdict.Holds()))).isPresent();
    assertThat(violates.complaint(run(new TlcVerdict.Violates("InRange")))).isPresent();
    assertThat(violates.complaint(run(new TlcVerdict.Deadlock()))).isPresent();
    assertThat(violates.complaint(run(new TlcVerdict.Failed("BelowLimit")))).isPresent();
  }

  @Test
  void aSelectionIsBySizeOrByName() {
    ModelConfiguration medium = ModelConfiguration.parse("Model-variant", GOOD);
    assertThat(selection(Set.of(ModelSize.SMALL), null).includes(medium)).isFalse();
    assertThat(selection(Set.of(ModelSize.SMALL, ModelSize.MEDIUM), null).includes(medium))
        .isTrue();
    assertThat(selection(Set.of(ModelSize.SMALL), "Model-variant").includes(medium)).isTrue();
    assertThat(selection(Set.of(ModelSize.MEDIUM), "Model").includes(medium)).isFalse();
  }

  private static ModelSelection selection(Set<ModelSize> sizes, @Nullable String name) {
    return new ModelSelection(sizes, Optional.ofNullable(name));
  }
}
