package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.CommitterBench.Job;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a committer tells that a set was committed before. */
final class CommittedBeforeTest {
  private final CommitterBench bench = new CommitterBench();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aSetThatThePositionProvesIsNotAskedFor() throws Exception {
    Job job = bench.job("job");
    var set = job.checkpoint(1, bench.staged(0, "x/0"), bench.staged(1, "y/0"));
    job.start().commit(set);
    HeadCommitter restarted = job.restored(1);
    restarted.commit(job.checkpoint(1));

    long before = bench.counted.counts().total();
    restarted.commit(set);

    assertThat(bench.counted.counts().total()).isEqualTo(before);
    assertThat(bench.log.size()).isEqualTo(2);
    assertThat(((FakeRequest) set.get(0)).alreadyCommitted()).isTrue();
  }

  @Test
  void aSavepointThatWasCommittedIsRestoredAtAnyAge() throws Exception {
    Job job = bench.job("job");
    var last = job.checkpoint(1, bench.staged(0, "x/0"));
    job.start().commit(last);
    bench.expireLabels();

    HeadCommitter next = bench.job("next", job, 1, OnRewind.FAIL).restored(1);
    next.commit(last);

    assertThat(bench.log.size()).isEqualTo(1);
  }

  @Test
  void aSetThatExpiredAndThatNothingProvesFailsLoudly() throws Exception {
    Job job = bench.job("job");
    job.start();
    var staged = job.checkpoint(1, bench.staged(0, "x/0"));
    bench.expireLabels();

    HeadCommitter next = bench.job("next", job, 1, OnRewind.FAIL).restored(1);

    assertThatThrownBy(() -> next.commit(staged))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("older than the log's vacuum retention");
  }

  @Test
  void theOrderOfTheBatchesIsPartOfTheProof() throws Exception {
    var one = bench.staged(0, "x/0");
    var two = bench.staged(0, "x/1");

    assertThat(LabelDigest.of(List.of(one, two)))
        .hasSize(22)
        .isNotEqualTo(LabelDigest.of(List.of(two, one)));
  }

  @Test
  void thePositionKeepsTheLastTwelveSetsAndStaysSmall() throws Exception {
    Job job = bench.job(Submission.newId());
    HeadCommitter committer = job.start();
    for (int checkpoint = 1; checkpoint <= 15; checkpoint++) {
      committer.commit(job.checkpoint(checkpoint, bench.staged(0, "x/" + checkpoint)));
    }

    SinkPosition position = bench.position(0);
    assertThat(position.digests()).hasSize(12).doesNotHaveDuplicates();
    assertThat(position.checkpoint()).isEqualTo(15);
    assertThat(position.acceptedBy(Submission.newId()).encode()).hasSizeLessThan(1_024);
  }

  @Test
  void aZombieOfTheSameSubmissionDoublesNothingAndSetsNoPositionBack() throws Exception {
    Job job = bench.job("job");
    HeadCommitter zombie = job.start();
    zombie.commit(job.checkpoint(1, bench.staged(0, "x/0")));
    var two = job.checkpoint(2, bench.staged(0, "x/1"));
    HeadCommitter restarted = job.restored(2);
    restarted.commit(two);
    restarted.commit(job.checkpoint(3, bench.staged(0, "x/2")));

    zombie.commit(two);

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1", "x/2");
    assertThat(bench.position(0).checkpoint()).isEqualTo(3);
    assertThat(bench.position(0).digests()).hasSize(3);
  }

  @Test
  void aSetThatAZombieCommittedFirstIsPartOfTheProofThatTheNextCommitStores() throws Exception {
    Job job = bench.job("job");
    HeadCommitter zombie = job.start();
    var one = job.checkpoint(1, bench.staged(0, "x/0"));
    HeadCommitter restarted = job.restored(1);
    restarted.commit(job.checkpoint(1));
    zombie.commit(one);
    restarted.commit(one);
    restarted.commit(job.checkpoint(2, bench.staged(0, "x/1")));

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1");
    assertThat(bench.position(0).digests()).hasSize(2);
  }

  @Test
  void emptyCheckpointsWriteNoHead() throws Exception {
    Job job = bench.job("job");
    HeadCommitter committer = job.start();
    long before = bench.counted.counts().total();
    committer.commit(job.checkpoint(1));
    committer.commit(job.checkpoint(2));
    assertThat(bench.counted.counts().total()).isEqualTo(before);
  }

  @Test
  void partitionsThatWereAddedAreAcquiredWhenABatchForThemAppears() throws Exception {
    Job job = bench.job("job");
    HeadCommitter committer = job.start();
    bench.log.log().addPartitions(5).join();

    committer.commit(job.checkpoint(1, bench.staged(4, "x/0"), bench.staged(0, "y/0")));
    bench.store.forgetReplaced();
    committer.commit(job.checkpoint(2, bench.staged(4, "x/1"), bench.staged(0, "y/1")));

    assertThat(bench.store.replaced()).hasSize(2);
    assertThat(bench.log.elements(4)).containsExactly("x/0", "x/1");
    Job newer = bench.job("newer");
    newer.start();
    assertThatThrownBy(() -> committer.commit(job.checkpoint(3, bench.staged(4, "x/2"))))
        .isInstanceOf(SinkFencedException.class);
  }
}
