package io.raftless.sim.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * The checks of the simulator can fail: every bug of the table is found by a check that is named
 * for it, and without a bug nothing is found in the same runs.
 *
 * <p>{@code -Draftless.mutant=name} runs one of them.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MutationTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "raftless");

  /** A mutant for which a machine needs longer is not one for every build. */
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private record Found(String check, long seed, String what) {}

  /** Plans of one kind. */
  private record Run(String emphasis, Mutant.Seeds seeds) {
    boolean hasMoreThan(Run other) {
      return emphasis.equals(other.emphasis)
          && seeds.first() <= other.seeds.first()
          && seeds.last() >= other.seeds.last()
          && seeds.count() > other.seeds.count();
    }
  }

  @BeforeAll
  static void beQuiet() {
    // Mutants make it warn about damage all the time.
    ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("io.raftless"))
        .setLevel(ch.qos.logback.classic.Level.OFF);
  }

  static Stream<Mutant> mutants() throws IOException {
    String only = System.getProperty("raftless.mutant");
    return MutantTable.read().stream().filter(mutant -> only == null || mutant.name().equals(only));
  }

  @Test
  @Order(1)
  void theTableHasEnoughOfThem() throws IOException {
    List<Mutant> all = MutantTable.read();
    assertThat(all).hasSizeGreaterThanOrEqualTo(40);
    assertThat(all).extracting(Mutant::name).doesNotHaveDuplicates();
    assertThat(all).extracting(Mutant::breaks).doesNotContain("").doesNotHaveDuplicates();
  }

  /** Otherwise what is found in a mutant proves nothing. */
  @Test
  @Order(2)
  void withoutABugNothingIsFoundInTheSameRuns() throws Exception {
    Set<Run> runs = new LinkedHashSet<>();
    mutants().forEach(mutant -> runs.add(new Run(mutant.emphasis(), mutant.seeds())));
    for (Run run : runs) {
      if (runs.stream().anyMatch(other -> other.hasMoreThan(run))) {
        continue;
      }
      long start = System.nanoTime();
      Found found = run(MutantClasses.unchanged(), run, () -> false);
      assertThat(found).as(run.toString()).isNull();
      report("(none)", run.emphasis() + ", " + run.seeds(), start);
    }
  }

  @ParameterizedTest
  @Order(3)
  @MethodSource("mutants")
  void isCaught(Mutant mutant) throws Exception {
    String source = Files.readString(SOURCES.resolve(mutant.file()));
    MutantClasses classes = MutantClasses.with(mutant.className(), mutant.applyTo(source));
    long start = System.nanoTime();
    Found found =
        run(
            classes,
            new Run(mutant.emphasis(), mutant.seeds()),
            () -> System.nanoTime() - start > LONGEST.toNanos());
    report(
        mutant.name(),
        found == null ? "SURVIVES" : found.check() + " at seed " + found.seed(),
        start);
    if (found == null) {
      throw new AssertionError(
          "%s survives %s of %s (or %s)"
              .formatted(mutant, mutant.seeds(), mutant.emphasis(), LONGEST));
    }
    assertThat(mutant.checks())
        .as("%s is caught at seed %d: %s", mutant, found.seed(), found.what())
        .contains(found.check());
  }

  private static void report(String name, String what, long startNanos) {
    System.out.printf(
        Locale.ROOT, "%-32s %-50s %6.1f s%n", name, what, (System.nanoTime() - startNanos) / 1e9);
  }

  private static @Nullable Found run(MutantClasses classes, Run which, BooleanSupplier isTooLate)
      throws ReflectiveOperationException {
    Method run =
        classes
            .loadClass("io.raftless.sim.MutantRun")
            .getDeclaredMethod("run", String.class, long.class, int.class, BooleanSupplier.class);
    run.setAccessible(true);
    try {
      String[] found =
          (String[])
              run.invoke(
                  null, which.emphasis(), which.seeds().first(), which.seeds().count(), isTooLate);
      return found == null ? null : new Found(found[0], Long.parseLong(found[1]), found[2]);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("a run of a mutant broke", e.getCause());
    }
  }
}
