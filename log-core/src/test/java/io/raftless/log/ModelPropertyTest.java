package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.Arrays;
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
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import org.slf4j.LoggerFactory;

/**
 * Whatever is done to a log, in whatever order, it answers as lists in memory would: every
 * operation, with arguments that are right and wrong, by several handles, writers and readers.
 *
 * <p>A failure says its seed and the shortest list of steps that was found to fail. {@code
 * -Draftless.seed=N} does the same again, {@code -Draftless.tries=N} does more than usual.
 */
class ModelPropertyTest {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ModelPropertyTest.class);
  private static final int TRIES = 120;
  private static final int STEPS = 200;
  private static final long FREQUENT = 20;

  /**
   * How often a run of {@link #TRIES} is usually in a state, at least: a fraction of it. A run of
   * ten times as many must be; the usual run must have been in the more frequent ones at all, since
   * a build must not fail by bad luck.
   */
  private static final SortedMap<String, Long> INTERESTING = new TreeMap<>();

  static {
    INTERESTING.put("index with two levels of nodes", 20L);
    INTERESTING.put("segments with nodes", 20L);
    INTERESTING.put("segment without data", 20L);
    INTERESTING.put("segment of many batches", 50L);
    INTERESTING.put("merged segments", 5L);
    INTERESTING.put("batch in the head", 50L);
    INTERESTING.put("batch that was written out", 20L);
    INTERESTING.put("committed again", 20L);
    INTERESTING.put("committed again in part", 3L);
    INTERESTING.put("committed again what was compacted", 5L);
    INTERESTING.put("committed again what was trimmed", 3L);
    INTERESTING.put("failed with StagedBatchExpired", 10L);
    INTERESTING.put("records forgotten", 100L);
    INTERESTING.put("vacuum deleted", 500L);
    INTERESTING.put("one object of several partitions", 3L);
    INTERESTING.put("staged for several partitions", 20L);
    INTERESTING.put("retention trimmed", 4L);
    INTERESTING.put("retention was pinned", 2L);
    INTERESTING.put("created again", 3L);
    INTERESTING.put("appended after a failure", 10L);
    INTERESTING.put("went on after a failure", 5L);
    INTERESTING.put("a handle knew less", 5L);
    INTERESTING.put("partitions added to a fenced log", 1L);
    INTERESTING.put("reader had fetched what was trimmed", 2L);
    INTERESTING.put("failed with WriterFenced", 15L);
    INTERESTING.put("failed with LogFenced", 40L);
    INTERESTING.put("failed with OffsetMismatch", 5L);
    INTERESTING.put("failed with PositionMoved", 1L);
    INTERESTING.put("failed with OffsetOutOfRange", 5L);
    INTERESTING.put("failed with OtherIncarnation", 5L);
    INTERESTING.put("failed with LogNotFound", 50L);
    INTERESTING.put("cursor Advanced", 10L);
    INTERESTING.put("cursor AlreadyProcessed", 3L);
    INTERESTING.put("cursor Mismatch", 3L);
  }

  @Provide
  static Arbitrary<List<ModelStep>> steps() {
    List<Tuple.Tuple2<Integer, ModelStep.Kind>> kinds = new ArrayList<>();
    Arrays.stream(ModelStep.Kind.values())
        .forEach(kind -> kinds.add(Tuple.of(kind.weight(), kind)));
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

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
  @AddLifecycleHook(AsAsked.class)
  void aLogAnswersAsListsInMemoryWould(@ForAll("steps") List<ModelStep> steps)
      throws InterruptedException {
    try (ModelRun run = new ModelRun()) {
      for (ModelStep step : steps) {
        run.perform(step);
      }
      run.look();
      run.reached().forEach((state, times) -> AsAsked.REACHED.merge(state, times, Long::sum));
    }
  }

  /** Goes by what the command line says; demands that a run that was right was also thorough. */
  static final class AsAsked implements AroundPropertyHook {
    /** What all tries together have reached. One property runs at a time. */
    private static final SortedMap<String, Long> REACHED = new TreeMap<>();

    @Override
    public PropertyExecutionResult aroundProperty(
        PropertyLifecycleContext context, PropertyExecutor property) {
      REACHED.clear();
      int tries = Integer.getInteger("raftless.tries", TRIES);
      context.attributes().setTries(tries);
      Long seed = Long.getLong("raftless.seed");
      if (seed != null) {
        context.attributes().setSeed(seed.toString());
      }
      PropertyExecutionResult result = executeQuietly(property);
      LOG.info("reached in {} tries: {}", tries, REACHED);
      if (result.status() != PropertyExecutionResult.Status.SUCCESSFUL || tries < TRIES) {
        return result;
      }
      try {
        requireThorough(tries);
        return result;
      } catch (AssertionError e) {
        return result.mapToFailed(e);
      }
    }

    /** Trimmed readers and refused compactions are what is asked for here: no warnings of them. */
    private static PropertyExecutionResult executeQuietly(PropertyExecutor property) {
      Logger all = (Logger) LoggerFactory.getLogger("io.raftless");
      Level before = all.getLevel();
      all.setLevel(Level.ERROR);
      try {
        return property.execute();
      } finally {
        all.setLevel(before);
      }
    }

    private static void requireThorough(int tries) {
      INTERESTING.forEach(
          (state, usual) -> {
            long least = tries >= 10 * TRIES ? usual : usual >= FREQUENT ? 1 : 0;
            assertThat(REACHED.getOrDefault(state, 0L)).as(state).isGreaterThanOrEqualTo(least);
          });
      for (ModelStep.Kind kind : ModelStep.Kind.values()) {
        assertThat(REACHED).as("steps").containsKey("step " + kind);
      }
    }
  }
}
