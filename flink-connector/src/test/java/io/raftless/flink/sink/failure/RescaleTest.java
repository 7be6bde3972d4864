package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Jobs that go on from savepoints of others, at another parallelism, under a new job id. */
@ExtendWith(FailureCluster.class)
final class RescaleTest {
  private static final int TOTAL = 4_000;
  private static final int[] PARALLELISMS = {1, 4, 2, 3};

  private final Scenario scenario;

  RescaleTest(FailureCluster.Running cluster) {
    scenario = new Scenario(cluster);
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  /** How a job gives way to the next. */
  private interface HandOver {
    String savepoint(SinkJob job) throws Exception;
  }

  /** What the savepoint holds may be committed by now, or not. */
  @Test
  void fromSavepointsOfJobsThatRunOnForAMoment() throws Exception {
    rescale(
        scenario.script(),
        job -> {
          String savepoint = job.savepoint();
          job.cancel();
          job.awaitStatus(JobStatus.CANCELED);
          return savepoint;
        });
  }

  @Test
  void fromSavepointsOfJobsThatStopWithThem() throws Exception {
    rescale(scenario.script(), SinkJob::stopWithSavepoint);
  }

  /** The last thing that each job does is to not commit what its checkpoint holds. */
  @Test
  void fromCheckpointsWithAllTheirDataPending() throws Exception {
    Place commit = Place.of(Action.COMMIT, Place.COMMITTER);
    Script script =
        scenario.script(
            new Failure(commit, 0, 4, Effect.CRASH_BEFORE),
            new Failure(commit, 1, 4, Effect.CRASH_BEFORE),
            new Failure(commit, 2, 4, Effect.CRASH_BEFORE));
    rescale(
        script,
        job -> {
          job.awaitFailed();
          return scenario.latestCheckpoint();
        });
    assertThat(script.allStruck()).isTrue();
  }

  private void rescale(Script script, HandOver handOver) throws Exception {
    String savepoint = null;
    long next = 0;
    for (int number = 0; number < PARALLELISMS.length; number++) {
      SinkJob job =
          scenario
              .job("job-" + number, script)
              .total(TOTAL)
              .withoutRestarts()
              .parallelism(PARALLELISMS[number]);
      if (savepoint != null) {
        job.from(savepoint);
      }
      job.start();
      if (number == PARALLELISMS.length - 1) {
        job.awaitFinished();
      } else {
        job.awaitElement(next + 2L * Scenario.PER_CHECKPOINT);
        savepoint = handOver.savepoint(job);
        next = script.lastElement("job-" + number);
      }
    }
    assertThat(script.generations(Place.COMMITTER)).isEqualTo(PARALLELISMS.length);
    scenario.assertExactlyOnce(TOTAL);
  }
}
