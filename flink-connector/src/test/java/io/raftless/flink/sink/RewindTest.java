package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.CommitterBench.Job;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.log.RaftlessLog;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Does the log hold commits that the restored state does not know? */
final class RewindTest {
  private final CommitterBench bench = new CommitterBench();

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aResubmissionFromTheLatestCheckpointGoesOn() throws Exception {
    Job first = bench.job("first");
    HeadCommitter committer = first.start();
    committer.commit(first.checkpoint(1, bench.staged(0, "x/0")));
    var restored = first.checkpoint(2, bench.staged(0, "x/1"));

    Job second = bench.job("second", first, 2, OnRewind.FAIL);
    HeadCommitter next = second.restored(2);
    next.commit(restored);
    next.commit(second.checkpoint(3, bench.staged(0, "x/2")));

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1", "x/2");
  }

  @Test
  void aPositionNamesTheSubmissionThatStagedTheSetAndNotTheOneThatCommittedIt() throws Exception {
    Job first = bench.job("first");
    first.start();
    var restored = first.checkpoint(2, bench.staged(0, "x/0"));
    HeadCommitter next = bench.job("second", first, 2, OnRewind.FAIL).restored(2);
    next.commit(restored);

    assertThat(bench.position(0).submission()).isEqualTo("first");
    assertThat(bench.position(0).checkpoint()).isEqualTo(2);

    // So the second can be lost before its first checkpoint, and the same savepoint be used again.
    HeadCommitter third = bench.job("third", first, 2, OnRewind.FAIL).restored(2);
    third.commit(restored);
    assertThat(bench.log.elements(0)).containsExactly("x/0");
  }

  @Test
  void aRewindIsRefusedSaysWhoCommittedWhatAndFencesNobody() throws Exception {
    Job first = bench.job("first");
    HeadCommitter committer = first.start();
    var restored = first.checkpoint(1, bench.staged(1, "x/0"));
    committer.commit(restored);
    committer.commit(first.checkpoint(2, bench.staged(1, "x/1")));
    HeadCommitter second = bench.job("second", first, 1, OnRewind.FAIL).restored(1);

    assertThatThrownBy(() -> second.commit(restored))
        .isInstanceOf(UnrecoverableException.class)
        .isNotInstanceOf(SinkFencedException.class)
        .hasMessageContaining("restored from checkpoint 1")
        .hasMessageContaining("partition 1 has checkpoint 2 of submission first")
        .hasMessageContaining("committed at 2026-11-25T12:00:00Z")
        .hasMessageContaining("setOnRewind(OnRewind.CONTINUE)");

    committer.commit(first.checkpoint(3, bench.staged(1, "x/2")));
    assertThat(bench.log.elements(1)).containsExactly("x/0", "x/1", "x/2");
  }

  @Test
  void whatIsCommittedBetweenTheLookAndTheAcquireIsFoundAsWell() throws Exception {
    Job first = bench.job("first");
    HeadCommitter committer = first.start();
    var restored = first.checkpoint(1, bench.staged(0, "x/0"));
    committer.commit(restored);
    var late = first.checkpoint(2, bench.staged(0, "x/1"));
    AtomicBoolean isCommitted = new AtomicBoolean();
    bench.store.follow(
        key -> {
          if (FaultyStore.headOf(0).test(key) && isCommitted.compareAndSet(false, true)) {
            commit(committer, late);
          }
          return Answer.HONEST;
        });
    HeadCommitter second = bench.job("second", first, 1, OnRewind.FAIL).restored(1);

    assertThatThrownBy(() -> second.commit(restored))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("partition 0 has checkpoint 2 of submission first")
        .hasMessageContaining("made while this job started");
  }

  @Test
  void aRewindThatIsWantedGoesOnAndIsKnownToAllWhoComeAfterIt() throws Exception {
    Job first = bench.job("first");
    HeadCommitter committer = first.start();
    var restored = first.checkpoint(1, bench.staged(0, "x/0"));
    committer.commit(restored);
    committer.commit(first.checkpoint(2, bench.staged(0, "x/1"), bench.staged(1, "y/0")));

    Job second = bench.job("second", first, 1, OnRewind.CONTINUE);
    HeadCommitter next = second.restored(1);
    next.commit(restored);
    next.commit(second.checkpoint(2, bench.staged(0, "x/1")));

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1", "x/1");
    // It committed nothing to partition 1, where the commit it did not know is the last one still.
    HeadCommitter third = bench.job("third", second, 2, OnRewind.FAIL).restored(2);
    third.commit(second.checkpoint(2));
  }

  @Test
  void theOtherBranchIsARewindAlthoughItsCheckpointsAreLater() throws Exception {
    Job a = bench.job("a");
    HeadCommitter committerOfA = a.start();
    committerOfA.commit(a.checkpoint(1, bench.staged(0, "x/0")));
    committerOfA.commit(a.checkpoint(2, bench.staged(0, "x/1")));
    var lastOfA = a.checkpoint(4);
    Job b = bench.job("b", a, 1, OnRewind.CONTINUE);
    HeadCommitter committerOfB = b.restored(1);
    committerOfB.commit(a.checkpoint(1));
    committerOfB.commit(b.checkpoint(2, bench.staged(0, "x/1")));
    committerOfB.commit(b.checkpoint(3, bench.staged(0, "x/2")));

    HeadCommitter again = bench.job("c", a, 4, OnRewind.FAIL).restored(4);

    assertThatThrownBy(() -> again.commit(lastOfA))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("partition 0 has checkpoint 3 of submission b");
  }

  @Test
  void aStartWithoutStateGoesOnAndCanBeRestoredLater() throws Exception {
    Job first = bench.job("first");
    first.start().commit(first.checkpoint(7, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    Job second = bench.job("second");
    HeadCommitter next = second.start();
    next.commit(second.checkpoint(1, bench.staged(0, "x/0")));

    HeadCommitter restarted = bench.job("second", second, 1, OnRewind.FAIL).restored(1);
    restarted.commit(second.checkpoint(1));
    HeadCommitter third = bench.job("third", second, 1, OnRewind.FAIL).restored(1);
    third.commit(second.checkpoint(1));
  }

  @Test
  void aStartWithoutStateThatCommittedNothingIsNoReasonToRefuseTheSavepointThatWasMeant()
      throws Exception {
    Job first = bench.job("first");
    var savepoint = first.checkpoint(7, bench.staged(0, "x/0"));
    first.start().commit(savepoint);
    bench.job("forgotTheSavepoint").start();

    HeadCommitter meant = bench.job("meant", first, 7, OnRewind.FAIL).restored(7);

    assertThatCode(() -> meant.commit(savepoint)).doesNotThrowAnyException();
  }

  @Test
  void aSinkThatIsNewInARestoredJobStartsWithoutState() throws Exception {
    Job earlier = bench.job("earlier");
    earlier.start().commit(earlier.checkpoint(3, bench.staged(0, "x/0")));
    Job job = bench.job("job");

    HeadCommitter committer = job.restored(40);
    committer.commit(job.checkpoint(41, bench.staged(0, "x/1")));
    HeadCommitter restarted = bench.job("job", job, 41, OnRewind.FAIL).restored(41);
    restarted.commit(job.checkpoint(41));

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1");
  }

  @Test
  void aSinkThatIsNewInARestoredJobAndDiesBeforeItsFirstCommitIsNotRefused() throws Exception {
    Job earlier = bench.job("earlier");
    earlier.start().commit(earlier.checkpoint(3, bench.staged(0, "x/0")));
    Job job = bench.job("job");
    var first = job.checkpoint(41, bench.staged(0, "x/1"));

    HeadCommitter restarted = bench.job("job", job, 41, OnRewind.FAIL).restored(41);
    restarted.commit(first);

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1");
  }

  @Test
  void aSubmissionThatIsRestartedFromAnOlderCheckpointOfItsOwnIsRefusedAsWell() throws Exception {
    Job job = bench.job("job");
    HeadCommitter committer = job.start();
    committer.commit(job.checkpoint(1, bench.staged(0, "x/0")));
    committer.commit(job.checkpoint(2, bench.staged(0, "x/1")));

    HeadCommitter restarted = job.restored(1);

    assertThatThrownBy(() -> restarted.commit(job.checkpoint(1)))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("checkpoint 2 of submission job");
  }

  @Test
  void aSavepointInBetweenCanBeStartedFromIfItsJobStoppedThere() throws Exception {
    Job job = bench.job("job");
    job.start();
    // Flink commits what belongs to such a savepoint with the next checkpoint only.
    var savepoint = job.checkpoint(1, bench.staged(0, "x/0"));

    bench.job("fork", job, 1, OnRewind.FAIL).restored(1).commit(savepoint);

    assertThat(bench.log.elements(0)).containsExactly("x/0");
  }

  @Test
  void aSavepointInBetweenIsARewindIfItsJobLivedOn() throws Exception {
    Job job = bench.job("job");
    HeadCommitter committer = job.start();
    var savepoint = job.checkpoint(1, bench.staged(0, "x/0"));
    committer.commit(savepoint);
    committer.commit(job.checkpoint(2, bench.staged(0, "x/1")));

    HeadCommitter fork = bench.job("fork", job, 1, OnRewind.FAIL).restored(1);

    assertThatThrownBy(() -> fork.commit(savepoint)).hasMessageContaining("checkpoint 2");
  }

  @Test
  void severalRestoredCheckpointsAreCommittedOneAfterTheOther() throws Exception {
    Job first = bench.job("first");
    HeadCommitter committer = first.start();
    var one = first.checkpoint(1, bench.staged(0, "x/0"));
    var two = first.checkpoint(2, bench.staged(0, "x/1"));
    committer.commit(one);

    HeadCommitter next = bench.job("second", first, 2, OnRewind.FAIL).restored(2);
    next.commit(one);
    next.commit(two);

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1");
    assertThat(bench.position(0).digests()).hasSize(2);
  }

  @Test
  void stateOfAnotherIncarnationIsRefusedAlsoWithoutDataAndNothingIsWritten() throws Exception {
    Job first = bench.job("first");
    first.start();
    var marker = first.checkpoint(1);
    bench.log.log().delete("test").join();
    RaftlessLog.create(bench.store, CommitterBench.LOG, CommitterBench.PARTITIONS).close();
    bench.store.forgetReplaced();
    HeadCommitter second = bench.job("second", first, 1, OnRewind.CONTINUE).restored(1);

    assertThatThrownBy(() -> second.commit(marker))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("deleted since, or has another name");
    assertThat(bench.store.replaced()).isEmpty();
  }

  @Test
  void whoIsFencedHearsOfTheJobThatTookOver() throws Exception {
    Job older = bench.job("older");
    HeadCommitter fenced = older.start();
    bench.job("newer").start();

    assertThatThrownBy(() -> fenced.commit(older.checkpoint(1, bench.staged(0, "x/0"))))
        .isInstanceOf(SinkFencedException.class)
        .hasMessageContaining("quakes of newer");
  }

  private static void commit(HeadCommitter committer, List<CommitRequest<StagedObject>> requests) {
    try {
      committer.commit(requests);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
