package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whatever is done to a log in whatever order, it answers as a list in memory would. */
class ModelPropertyTest {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPropertyTest.class);
  private static final int STEPS = 200;

  private static final SortedMap<String, Long> REACHED = new TreeMap<>();

  @Provide
  static Arbitrary<List<ModelStep>> steps() {
    List<Tuple.Tuple2<Integer, ModelStep.Kind>> kinds = new ArrayList<>();
    ModelRun.weights().forEach((kind, weight) -> kinds.add(Tuple.of(weight, kind)));
    Arbitrary<Integer> number =
        Arbitraries.integers()
            .between(0, ModelStep.MOST)
            .withDistribution(RandomDistribution.uniform());
    return Combinators.combine(Arbitraries.frequency(kinds), number, number, number, number)
        .as(ModelStep::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(STEPS)
        .withSizeDistribution(RandomDistribution.uniform());
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void aLogAnswersAsAListInMemoryWould(@ForAll("steps") List<ModelStep> steps)
      throws InterruptedException {
    try (ModelRun run = new ModelRun()) {
      for (ModelStep step : steps) {
        run.perform(step);
      }
      run.look();
      run.reached().forEach((state, times) -> REACHED.merge(state, times, Long::sum));
    }
  }

  @AfterContainer
  static void interestingStatesWereReached() {
    LOG.warn("reached {}", REACHED);
    assertThat(REACHED).isNotEmpty();
  }
}
