package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Batch mode: there are no checkpoints, a committer that fails is restarted alone, and writers are
 * run again if what they handed over is lost.
 */
@ExtendWith(FailureCluster.class)
final class BatchFailureTest {
  private static final int TOTAL = 1_000;

  /**
   * Which replacement of a head is the commit of a whole input. Before it the head is acquired for
   * the submission, accepted, and acquired for this committer.
   */
  private static final int COMMIT_OF_HEAD = 4;

  private final FailureCluster.Running cluster;

  BatchFailureTest(FailureCluster.Running cluster) {
    this.cluster = cluster;
  }

  static Stream<Failure> failures() {
    Place commit = Place.of(Action.COMMIT, Place.COMMITTER);
    Place create = Place.of(Action.CREATE_COMMITTER, Place.COMMITTER);
    Place acquire = Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 2);
    return Stream.concat(
        Stream.of(
            new Failure(create, 0, 1, Effect.CRASH_AFTER),
            new Failure(commit, 0, 1, Effect.CRASH_BEFORE),
            new Failure(commit, 0, 1, Effect.CRASH_AFTER),
            new Failure(acquire, 0, 1, Effect.CRASH_AFTER),
            new Failure(Place.of(Action.UPLOAD, Place.writer(1)), 0, 2, Effect.CRASH_AFTER),
            new Failure(Place.of(Action.PRE_COMMIT, Place.writer(1)), 0, 1, Effect.CRASH_BEFORE),
            new Failure(Place.of(Action.PRE_COMMIT, Place.writer(1)), 0, 1, Effect.CRASH_AFTER)),
        Stream.of(0, 1, 2)
            .map(partition -> Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, partition))
            .flatMap(
                head ->
                    Stream.of(
                            Effect.CRASH_BEFORE,
                            Effect.CRASH_AFTER,
                            Effect.RESPONSE_LOST,
                            Effect.LATE_BEFORE_SWAP)
                        .map(effect -> new Failure(head, 0, COMMIT_OF_HEAD, effect))));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aTaskThatFails(Failure failure) throws Exception {
    try (Scenario scenario = new Scenario(cluster)) {
      Script script = scenario.script(failure);
      scenario.job("job", script).total(TOTAL).inBatchMode().start().awaitFinished();
      assertThat(script.allStruck()).as("%s", script.places(0)).isTrue();
      scenario.assertExactlyOnce(TOTAL);
    }
  }

  /**
   * The committer dies with one head committed; then goes all that the writers had handed to it.
   */
  @Test
  void theResultsOfFinishedWritersAreLostInTheMiddleOfTheCommit() throws Exception {
    try (Scenario scenario = new Scenario(cluster)) {
      Failure failure =
          new Failure(
              Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 0),
              0,
              COMMIT_OF_HEAD,
              Effect.CRASH_AFTER);
      Script script = scenario.script(failure);
      SinkJob job =
          scenario
              .job("job", script)
              .total(TOTAL)
              .inBatchMode()
              .restartAfter(Duration.ofSeconds(2))
              .start();
      job.await(script::allStruck, "the committer does not fail");
      cluster.replaceTaskManagers();

      job.awaitFinished();
      assertThat(script.generations(Place.writer(0))).isGreaterThan(1);
      scenario.assertExactlyOnce(TOTAL);
    }
  }
}
