package io.raftless.sim.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checker accepts what a log that does one thing at a time has answered, and of what was
 * changed afterwards, says what trying every order says.
 *
 * <p>A failure says its seed: {@code -Draftless.seed=N} does the same again, {@code
 * -Draftless.tries=N} does more than usual.
 */
class LogCheckerPropertyTest {
  private static final Logger LOG = LoggerFactory.getLogger(LogCheckerPropertyTest.class);
  private static final int SMALL_TRIES = 10_000;
  private static final int USUAL_TRIES = 2_000;
  private static final long BUDGET = 100_000;

  private static final List<String> OF_SMALL =
      List.of("as planned", "changed, and fits all the same", "contradiction", "no order");
  private static final List<String> OF_USUAL =
      List.of("accepted", "changed and rejected", "changed and accepted");

  /** What all tries of a property together have reached. One property runs at a time. */
  private static final SortedMap<String, Long> REACHED = new TreeMap<>();

  @Property(tries = SMALL_TRIES, edgeCases = EdgeCasesMode.NONE)
  @AddLifecycleHook(AsAsked.class)
  void onSmallHistoriesItSaysWhatTryingEveryOrderSays(@ForAll long seed) {
    Random random = new Random(seed);
    Plan plan = new Plan(random, 2 + random.nextInt(6), 3);
    StringBuilder changes = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      changes.append(plan.corrupt()).append('\n');
    }
    History history = plan.history();
    ReferenceChecker reference = new ReferenceChecker(history);
    boolean expected = reference.isLinearizable();
    Verdict verdict = LogChecker.check(history, BUDGET);
    assertThat(verdict instanceof Verdict.Linearizable)
        .as("trying every order says %s\n%s%s\n%s", expected, changes, history, verdict)
        .isEqualTo(expected);
    assertThat(verdict).isNotInstanceOf(Verdict.Undecided.class);
    if (verdict instanceof Verdict.Linearizable linearizable) {
      assertThat(reference.isWitness(linearizable.witness()))
          .as("%s explains\n%s", linearizable, history)
          .isTrue();
      if (changes.isEmpty()) {
        REACHED.merge("as planned", 1L, Long::sum);
      } else {
        REACHED.merge("changed, and fits all the same", 1L, Long::sum);
      }
    } else {
      assertThat(changes).as("it was planned so that it fits:\n%s", history).isNotEmpty();
      long steps = ((Verdict.NotLinearizable) verdict).steps();
      REACHED.merge(steps == 0 ? "contradiction" : "no order", 1L, Long::sum);
    }
  }

  @Property(tries = USUAL_TRIES, edgeCases = EdgeCasesMode.NONE)
  @AddLifecycleHook(AsAsked.class)
  void whatOneLogAnsweredIsAccepted(@ForAll long seed) {
    Random random = new Random(seed);
    Plan plan = new Plan(random, 30 + random.nextInt(91), 3 + random.nextInt(6));
    History history = plan.history();
    Verdict verdict = LogChecker.check(history, BUDGET);
    assertThat(verdict).as("%s", verdict).isInstanceOf(Verdict.Linearizable.class);
    Verdict.Linearizable linearizable = (Verdict.Linearizable) verdict;
    assertThat(new ReferenceChecker(history).isWitness(linearizable.witness())).isTrue();
    count("accepted", linearizable.steps());
    String change = plan.corrupt();
    Verdict changed = LogChecker.check(plan.history(), BUDGET);
    assertThat(changed)
        .as("%s\n%s", change, plan.history())
        .isNotInstanceOf(Verdict.Undecided.class);
    if (changed instanceof Verdict.NotLinearizable not) {
      count("changed and rejected", not.steps());
    } else if (changed instanceof Verdict.Linearizable all) {
      assertThat(new ReferenceChecker(plan.history()).isWitness(all.witness())).isTrue();
      count("changed and accepted", all.steps());
    }
  }

  private static void count(String what, long steps) {
    REACHED.merge(what, 1L, Long::sum);
    REACHED.merge(what + ", most steps", steps, Math::max);
  }

  /** Goes by what the command line says; demands that a run that was right was also thorough. */
  static final class AsAsked implements AroundPropertyHook {

    @Override
    public PropertyExecutionResult aroundProperty(
        PropertyLifecycleContext context, PropertyExecutor property) {
      REACHED.clear();
      Integer tries = Integer.getInteger("raftless.tries");
      if (tries != null) {
        context.attributes().setTries(tries);
      }
      Long seed = Long.getLong("raftless.seed");
      if (seed != null) {
        context.attributes().setSeed(seed.toString());
      }
      PropertyExecutionResult result = property.execute();
      LOG.info("{}: {}", context.label(), REACHED);
      if (result.status() != PropertyExecutionResult.Status.SUCCESSFUL || tries != null) {
        return result;
      }
      try {
        assertThat(REACHED.keySet())
            .as("a run that does not meet all of these could not fail")
            .containsAll(REACHED.containsKey("as planned") ? OF_SMALL : OF_USUAL);
        return result;
      } catch (AssertionError e) {
        return result.mapToFailed(e);
      }
    }
  }
}
