package io.raftless.sim;

import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the mutation test gets into a set of classes of its own: called reflectively, and what goes
 * in and out is of the JDK.
 */
final class MutantRun {
  private MutantRun() {}

  /**
   * Runs one seed after the other until something is found.
   *
   * @param emphasis the name of an {@link Emphasis}
   * @param isTooLate asked before each seed
   * @return the name of the check that found something, the seed, and what was found; or null
   */
  static String @Nullable [] run(
      String emphasis, long firstSeed, int seeds, BooleanSupplier isTooLate) {
    Emphasis plans = Emphasis.valueOf(emphasis.toUpperCase(Locale.ROOT));
    try (Strands strands = new Strands()) {
      for (long seed = firstSeed; seed < firstSeed + seeds && !isTooLate.getAsBoolean(); seed++) {
        Violation found = new Simulation(plans.plan(seed), strands).run().violation();
        if (found != null) {
          return new String[] {
            found.check(), String.valueOf(seed), String.valueOf(found.getMessage())
          };
        }
      }
    }
    return null;
  }
}
