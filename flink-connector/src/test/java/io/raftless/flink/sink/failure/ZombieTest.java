package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.OnRewind;
import io.raftless.flink.sink.SinkFencedException;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.highavailability.nonha.embedded.HaLeadershipControl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Attempts of tasks that are believed dead and live: their thread is held in the middle of what it
 * does, deaf to interrupts, until others have gone on in its place; then it goes on, too.
 */
@ExtendWith(FailureCluster.class)
final class ZombieTest {
  private static final Duration PATIENCE = SinkJob.PATIENCE;
  private static final int TOTAL = 1_500;

  private final Scenario scenario;
  private final Script script;

  ZombieTest(FailureCluster.Running cluster) {
    scenario = new Scenario(cluster);
    script = scenario.script();
  }

  @AfterEach
  void close() {
    script.releaseAll();
    scenario.close();
  }

  /** The checkpoint that the zombie commits is one of the last before its end: it is decided. */
  @Test
  void aCommitterOfTheSameSubmissionThatGoesOnBeforeItsHeads() throws Exception {
    committerGoesOn(Place.of(Action.COMMIT, Place.COMMITTER));
  }

  @Test
  void aCommitterOfTheSameSubmissionThatGoesOnInTheMiddleOfItsHeads() throws Exception {
    committerGoesOn(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1));
  }

  private void committerGoesOn(Place place) throws Exception {
    Hold hold = script.hold(place, 0, 4);
    SinkJob job = scenario.job("job", script).total(TOTAL).start();
    hold.awaitReached(PATIENCE);

    scenario.cluster().replaceTaskManagers();
    job.awaitCommits(1, 3);
    hold.release();

    job.awaitFinished();
    awaitEnd(job, Place.COMMITTER);
    scenario.assertExactlyOnce(TOTAL);
  }

  @Test
  void aWriterThatGoesOnToStage() throws Exception {
    Hold hold = script.hold(Place.of(Action.PRE_COMMIT, Place.writer(0)), 0, 4);
    SinkJob job = scenario.job("job", script).total(TOTAL).start();
    hold.awaitReached(PATIENCE);
    int before = script.count(Place.of(Action.UPLOAD, Place.writer(0)), 0);

    scenario.cluster().replaceTaskManagers();
    job.awaitCommits(1, 3);
    hold.release();

    job.awaitFinished();
    awaitEnd(job, Place.writer(0));
    assertThat(script.count(Place.of(Action.UPLOAD, Place.writer(0)), 0)).isGreaterThan(before);
    scenario.assertExactlyOnce(TOTAL);
  }

  /** It is about to commit what its successor was restored with: both may, and one of them does. */
  @Test
  void aCommitterOfAnOlderSubmissionWhoseCheckpointTheNewerTookOver() throws Exception {
    Hold hold = script.hold(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1), 0, 5);
    SinkJob older = scenario.job("older", script).start();
    hold.awaitReached(PATIENCE);
    older.cancel();

    Script second = scenario.script();
    SinkJob newer = scenario.job("newer", second).from(scenario.latestCheckpoint()).start();
    newer.awaitCommits(3);
    List<String> before = scenario.writtenBy("older");
    hold.release();
    older.awaitStatus(JobStatus.CANCELED);
    awaitEnd(older, Place.COMMITTER);

    newer.stopWithSavepoint();
    assertThat(scenario.writtenBy("older")).isEqualTo(before);
    scenario.assertIntact();
    long first = second.firstElement("newer");
    scenario.assertWritten("older", 0, first);
    scenario.assertWritten("newer", first, second.lastElement("newer") + 1);
  }

  /** It is about to commit what is of no history any more: it must not. */
  @Test
  void aCommitterOfAnOlderSubmissionWhoseHistoryWasAbandoned() throws Exception {
    Hold hold = script.hold(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1), 0, 12);
    SinkJob older = scenario.job("older", script).start().awaitCommits(2);
    String savepoint = older.savepoint();
    hold.awaitReached(PATIENCE);

    Script second = scenario.script();
    SinkJob newer =
        scenario
            .job("newer", second)
            .sink(builder -> builder.setOnRewind(OnRewind.CONTINUE))
            .from(savepoint)
            .start()
            .awaitCommits(3);
    List<String> before = scenario.writtenBy("older");
    hold.release();

    assertThat(older.awaitFailed())
        .hasStackTraceContaining(SinkFencedException.class.getName())
        .hasStackTraceContaining("job 'newer'");
    newer.stopWithSavepoint();
    assertThat(scenario.writtenBy("older")).isEqualTo(before);
    scenario.assertIntact();
    long first = second.firstElement("newer");
    scenario.assertSurvives("older", first);
    scenario.assertWritten("newer", first, second.lastElement("newer") + 1);
  }

  @Test
  void aCommitterWhoseJobManagerLostItsLeadershipInTheMiddleOfTheCommit() throws Exception {
    Hold hold = script.hold(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1), 0, 4);
    SinkJob job = scenario.job("job", script).total(TOTAL).start();
    hold.awaitReached(PATIENCE);

    HaLeadershipControl leaders = scenario.cluster().leaders();
    leaders.revokeJobMasterLeadership(job.id()).join();
    hold.release();
    leaders.grantJobMasterLeadership(job.id()).join();

    job.awaitFinished();
    awaitEnd(job, Place.COMMITTER);
    assertThat(script.generations(Place.COMMITTER)).isGreaterThan(1);
    scenario.assertExactlyOnce(TOTAL);
  }

  @Test
  void aCommitterWhoseJobManagerAndTaskManagersWereReplacedInTheMiddleOfTheCommit()
      throws Exception {
    Hold hold = script.hold(Place.ofHead(Action.SWAP_HEAD, Place.COMMITTER, 1), 0, 4);
    SinkJob job = scenario.job("job", script).total(TOTAL).start();
    hold.awaitReached(PATIENCE);

    HaLeadershipControl leaders = scenario.cluster().leaders();
    leaders.revokeJobMasterLeadership(job.id()).join();
    scenario.cluster().replaceTaskManagers();
    leaders.grantJobMasterLeadership(job.id()).join();
    job.awaitCommits(1, 3);
    hold.release();

    job.awaitFinished();
    awaitEnd(job, Place.COMMITTER);
    scenario.assertExactlyOnce(TOTAL);
  }

  @Test
  void aJobManagerThatComesBackWhenItsTasksAreDead() throws Exception {
    SinkJob job = scenario.job("job", script).total(TOTAL).start();
    HaLeadershipControl leaders = scenario.cluster().leaders();
    for (int change = 0; change < 3; change++) {
      job.awaitCommits(change, 2);
      leaders.revokeJobMasterLeadership(job.id()).join();
      leaders.grantJobMasterLeadership(job.id()).join();
    }

    job.awaitFinished();
    assertThat(script.generations(Place.COMMITTER)).isGreaterThanOrEqualTo(4);
    scenario.assertExactlyOnce(TOTAL);
  }

  /** The zombie has done what it was held from. */
  private void awaitEnd(SinkJob job, String zombie) throws Exception {
    job.await(script.actor(zombie, 0)::isIdle, zombie + " does not end");
  }
}
