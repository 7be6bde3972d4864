package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.OnRewind;
import io.raftless.flink.sink.SinkFencedException;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A job is submitted again from a savepoint after which the sink has committed more. */
@ExtendWith(FailureCluster.class)
final class RewindTest {
  private final Scenario scenario;
  private final Script olderScript;

  RewindTest(FailureCluster.Running cluster) {
    scenario = new Scenario(cluster);
    olderScript = scenario.script();
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void isRefusedByDefaultAndDoesNotFenceTheJobThatRuns() throws Exception {
    SinkJob older = scenario.job("older", olderScript).start().awaitCommits(2);
    String savepoint = older.savepoint();
    older.awaitMoreCommits(3);

    SinkJob newer = scenario.job("newer", scenario.script()).from(savepoint).start();

    assertThat(newer.awaitFailed())
        .hasStackTraceContaining(UnrecoverableException.class.getName())
        .hasStackTraceContaining("setOnRewind(OnRewind.CONTINUE)");
    older.awaitMoreCommits(3);
    older.stopWithSavepoint();
    assertThat(olderScript.generations(Place.COMMITTER)).isEqualTo(1);
    assertThat(scenario.writtenBy("newer")).isEmpty();
    scenario.assertIntact();
    scenario.assertWritten("older", 0, olderScript.lastElement("older") + 1);
  }

  @Test
  void isRefusedByDefaultWhenTheJobHasStopped() throws Exception {
    SinkJob older = scenario.job("older", olderScript).start().awaitCommits(2);
    String savepoint = older.savepoint();
    older.awaitMoreCommits(3);
    String last = older.stopWithSavepoint();

    SinkJob rewound = scenario.job("rewound", scenario.script()).from(savepoint).start();
    assertThat(rewound.awaitFailed()).hasStackTraceContaining("setOnRewind(OnRewind.CONTINUE)");

    // What is no rewind goes on as if nothing had been.
    Script script = scenario.script();
    SinkJob newer = scenario.job("newer", script).from(last).start().awaitCommits(3);
    newer.stopWithSavepoint();
    long first = script.firstElement("newer");
    scenario.assertIntact();
    scenario.assertWritten("older", 0, first);
    scenario.assertWritten("newer", first, script.lastElement("newer") + 1);
  }

  /** And what goes on from there is no rewind any more, also when it fails and restarts. */
  @Test
  void goesOnWhenItIsToldTo() throws Exception {
    SinkJob older = scenario.job("older", olderScript).start().awaitCommits(2);
    String savepoint = older.savepoint();
    older.awaitMoreCommits(3);

    Place commit = Place.of(Action.COMMIT, Place.COMMITTER);
    Script script =
        scenario.script(
            new Failure(commit, 0, 1, Effect.CRASH_BEFORE),
            new Failure(commit, 1, 3, Effect.CRASH_BEFORE),
            new Failure(
                Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1), 2, 3, Effect.CRASH_AFTER));
    SinkJob newer =
        scenario
            .job("newer", script)
            .sink(builder -> builder.setOnRewind(OnRewind.CONTINUE))
            .from(savepoint)
            .start()
            .awaitCommits(3, 3);
    assertThat(older.awaitFailed())
        .hasStackTraceContaining(SinkFencedException.class.getName())
        .hasStackTraceContaining("job 'newer'");
    String later = newer.stopWithSavepoint();
    assertThat(script.allStruck()).isTrue();

    Script lastScript = scenario.script();
    SinkJob last = scenario.job("last", lastScript).from(later).start().awaitCommits(3);
    last.stopWithSavepoint();

    assertThat(last.status()).isEqualTo(JobStatus.FINISHED);
    long first = script.firstElement("newer");
    long second = lastScript.firstElement("last");
    scenario.assertIntact();
    scenario.assertSurvives("older", first);
    scenario.assertWritten("newer", first, second);
    scenario.assertWritten("last", second, lastScript.lastElement("last") + 1);
  }

  /** What it accepted is accepted for those that follow, also if it committed nothing itself. */
  @Test
  void goesOnFromAJobThatWasToldToAndThenCommittedNothing() throws Exception {
    SinkJob older = scenario.job("older", olderScript).start().awaitCommits(2);
    String savepoint = older.savepoint();
    older.awaitMoreCommits(3);

    // Its first commits are of the savepoint, one or two; the next is of its first checkpoint.
    Script script;
    SinkJob newer;
    int commit = 2;
    do {
      script =
          scenario.script(
              new Failure(
                  Place.of(Action.COMMIT, Place.COMMITTER), 0, commit, Effect.CRASH_BEFORE));
      newer =
          scenario
              .job("newer", script)
              .sink(builder -> builder.setOnRewind(OnRewind.CONTINUE))
              .withoutRestarts()
              .from(savepoint)
              .start();
      assertThat(newer.awaitFailed()).hasStackTraceContaining(InjectedFailure.class.getName());
      commit++;
    } while (!scenario.hasCheckpoint(newer));
    assertThat(scenario.writtenBy("newer")).isEmpty();

    Script lastScript = scenario.script();
    SinkJob last =
        scenario
            .job("last", lastScript)
            .from(scenario.latestCheckpoint(newer))
            .start()
            .awaitCommits(3);
    last.stopWithSavepoint();

    long first = script.firstElement("newer");
    long second = lastScript.firstElement("last");
    scenario.assertIntact();
    scenario.assertSurvives("older", first);
    scenario.assertWritten("newer", first, second);
    scenario.assertWritten("last", second, lastScript.lastElement("last") + 1);
  }
}
