package io.raftless.flink.sink.failure;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a sink without a committer promises by its checkpoints. */
@ExtendWith(FailureCluster.class)
final class DirectSinkTest {
  private static final int TOTAL = 1_500;

  /** A checkpoint is due every 50 ms. */
  private static final long SEVERAL_CHECKPOINTS_MILLIS = 500;

  private final Scenario scenario;
  private final Script script;

  DirectSinkTest(FailureCluster.Running cluster) {
    scenario = new Scenario(cluster);
    script = scenario.script();
  }

  @AfterEach
  void close() {
    script.releaseAll();
    scenario.close();
  }

  /**
   * The writer dies with an append under way that never arrives. A checkpoint that did not wait for
   * it would have lost its records.
   */
  @Test
  void noCheckpointIsCompleteBeforeWhatWasHandedOverIsInTheLog() throws Exception {
    Hold append = script.hold(Place.ofHead(Action.SWAP_HEAD, Place.writer(0), 1), 0, 4);
    SinkJob job = scenario.job("job", script).total(TOTAL).atLeastOnce().start();
    append.awaitReached(SinkJob.PATIENCE);
    Place complete = Place.of(Action.CHECKPOINT_COMPLETE, ScriptedMap.actor(0));
    int before = script.count(complete, 0);

    // Whoever does not wait completes checkpoints now; whoever waits is given the time in vain.
    long until = System.nanoTime() + SEVERAL_CHECKPOINTS_MILLIS * 1_000_000;
    job.await(
        () -> script.count(complete, 0) > before + 1 || System.nanoTime() > until,
        "time does not pass");
    script.actor(Place.writer(0), 0).kill(new InjectedFailure("the writer dies"));
    append.release();

    job.awaitFinished();
    scenario.assertAtLeastOnce(TOTAL);
  }
}
