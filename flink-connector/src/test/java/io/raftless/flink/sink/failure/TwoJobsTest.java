package io.raftless.flink.sink.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.sink.SinkFencedException;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two jobs with one sink id at once, both of which restart as often as they are let. */
@ExtendWith(FailureCluster.class)
final class TwoJobsTest {
  private final Scenario scenario;

  TwoJobsTest(FailureCluster.Running cluster) {
    scenario = new Scenario(cluster);
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void theOlderStopsForGoodAndThereIsNoFencingWar() throws Exception {
    Script olderScript = scenario.script();
    Script newerScript = scenario.script();
    SinkJob older = scenario.job("older", olderScript).start();
    older.awaitCommits(3);

    SinkJob newer = scenario.job("newer", newerScript).start();

    assertThat(older.awaitFailed())
        .hasStackTraceContaining(SinkFencedException.class.getName())
        .hasStackTraceContaining("job 'newer'");
    newer.awaitMoreCommits(3);
    assertThat(newer.status()).isEqualTo(JobStatus.RUNNING);
    assertThat(olderScript.generations(Place.COMMITTER)).as("it never restarted").isEqualTo(1);
    assertThat(newerScript.generations(Place.COMMITTER)).as("it never restarted").isEqualTo(1);
    newer.stopWithSavepoint();

    scenario.assertIntact();
    scenario.assertWritten("newer", 0, newerScript.lastElement("newer") + 1);
    scenario.assertUnbroken("older");
  }

  /** One of them may be fenced before it has run at all; it is always the same one in the end. */
  @Test
  void ofTwoThatStartAtTheSameTimeOneIsLeft() throws Exception {
    Script leftScript = scenario.script();
    Script rightScript = scenario.script();
    SinkJob left = scenario.job("left", leftScript).start();
    SinkJob right = scenario.job("right", rightScript).start();

    left.await(
        () -> left.status() == JobStatus.FAILED || right.status() == JobStatus.FAILED,
        "none of the two stops");
    boolean isLeftOver = left.status() == JobStatus.FAILED;
    SinkJob stopped = isLeftOver ? left : right;
    SinkJob running = isLeftOver ? right : left;
    Script script = isLeftOver ? rightScript : leftScript;
    assertThat(stopped.awaitFailed())
        .hasStackTraceContaining(SinkFencedException.class.getName())
        .hasStackTraceContaining("job '" + running.name() + "'");
    running.awaitMoreCommits(3);
    running.stopWithSavepoint();

    assertThat(leftScript.generations(Place.COMMITTER)).isEqualTo(1);
    assertThat(rightScript.generations(Place.COMMITTER)).isEqualTo(1);
    scenario.assertIntact();
    String name = isLeftOver ? "right" : "left";
    scenario.assertWritten(name, 0, script.lastElement(name) + 1);
    scenario.assertUnbrokenOrNothing(isLeftOver ? "left" : "right");
  }
}
