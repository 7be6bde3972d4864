package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.sink.CommitterBench.Job;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Jobs without checkpoints: everything is committed at the end, and perhaps again. */
final class WholeInputTest {
  private static final int ALL = CommitterBench.PARTITIONS;

  /** Of a whole input: as the submission, and as this committer. */
  private static final int ACQUIRES_OF_A_COMMIT = 2;

  private final CommitterBench bench = new CommitterBench();
  private final Job job = bench.job("job");

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void theSameResultsAreCommittedWhereTheyAreMissing() throws Exception {
    var input = job.wholeInput(0, bench.staged(0, "x/0"), bench.staged(1, "y/0"));
    failOnPartition(1, input);

    restarted().commit(input);

    assertThat(bench.log.elements(0)).containsExactly("x/0");
    assertThat(bench.log.elements(1)).containsExactly("y/0");
  }

  @Test
  void resultsThatWereWrittenAgainAreNotCommittedTwice() throws Exception {
    failOnPartition(1, job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    restarted().commit(job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    assertThat(bench.log.elements(0)).containsExactly("x/0");
    assertThat(bench.log.elements(1)).containsExactly("y/0");
  }

  @Test
  void resultsThatWereWrittenAgainForAnotherPlaceStopTheJob() throws Exception {
    failOnPartition(1, job.wholeInput(0, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    var again = job.wholeInput(0, bench.staged(0, "y/0"), bench.staged(1, "x/0"));
    assertThatThrownBy(() -> restarted().commit(again))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("committed to partitions [0]")
        .hasMessageContaining("isRepeatable");
    assertThat(bench.log.size()).isEqualTo(1);
  }

  @Test
  void alsoIfNothingIsLeftForTheCompletePartition() throws Exception {
    failOnPartition(1, job.wholeInput(0, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    var again = job.wholeInput(0, bench.staged(1, "y/0", "x/0"));
    assertThatThrownBy(() -> restarted().commit(again)).isInstanceOf(UnrecoverableException.class);
    assertThat(bench.log.size()).isEqualTo(1);
  }

  @Test
  void alsoIfTheLogHasGrownInBetween() throws Exception {
    failOnPartition(1, job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0")));
    bench.log.log().addPartitions(ALL + 1).join();

    var again = job.wholeInput(ALL + 1, bench.staged(ALL, "x/0"), bench.staged(1, "y/0"));
    assertThatThrownBy(() -> restarted().commit(again)).isInstanceOf(UnrecoverableException.class);
    assertThat(bench.log.size()).isEqualTo(1);
  }

  /**
   * Its successor is of the same submission, but the writers ran again in between: other labels.
   */
  @Test
  void aCommitterThatGoesOnWhenWhatItHoldsWasWrittenAgainCommitsNothingMore() throws Exception {
    HeadCommitter zombie = job.start();
    var first = job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0"));
    restarted().commit(job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0")));

    zombie.commit(first);

    assertThat(bench.log.elements(0)).containsExactly("x/0");
    assertThat(bench.log.elements(1)).containsExactly("y/0");
  }

  /** It has acquired and looked, and is about to append to the second partition. */
  @Test
  void aCommitterThatHasBegunIsFencedByTheNextOneOfItsSubmission() throws Exception {
    HeadCommitter zombie = job.start();
    var first = job.wholeInput(ALL, bench.staged(1, "y/0"));
    var again = job.wholeInput(ALL, bench.staged(0, "x/0"), bench.staged(1, "y/0"));
    AtomicInteger replacements = new AtomicInteger();
    bench.store.follow(
        key -> {
          if (FaultyStore.headOf(1).test(key)
              && replacements.incrementAndGet() == ACQUIRES_OF_A_COMMIT + 1) {
            commitOrFail(again);
          }
          return FaultyStore.Answer.HONEST;
        });

    assertThatThrownBy(() -> zombie.commit(first)).isInstanceOf(SupersededBySelfException.class);
    assertThat(bench.log.elements(0)).containsExactly("x/0");
    assertThat(bench.log.elements(1)).containsExactly("y/0");
  }

  private void commitOrFail(List<CommitRequest<StagedObject>> requests) {
    try {
      restarted().commit(requests);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anotherSubmissionThatTookOverMeanwhileIsNotFencedByAWholeInput() throws Exception {
    HeadCommitter older = job.start();
    bench.job("second").start();
    assertThatThrownBy(() -> older.commit(job.wholeInput(ALL, bench.staged(0, "x/0"))))
        .isInstanceOf(SinkFencedException.class);
    assertThat(bench.log.size()).isZero();
  }

  @Test
  void anotherRunOfTheSameSinkIsAnotherInput() throws Exception {
    job.start().commit(job.wholeInput(ALL, bench.staged(0, "x/0")));

    HeadCommitter secondRun = job.committer(OptionalLong.empty(), "another run");
    secondRun.acquire();
    secondRun.commit(job.wholeInput(ALL, bench.staged(0, "x/1")));

    assertThat(bench.log.elements(0)).containsExactly("x/0", "x/1");
  }

  @Test
  void aWholeInputIsARewindForWhoeverDoesNotKnowIt() throws Exception {
    Job streaming = bench.job("streaming");
    var savepoint = streaming.checkpoint(4, bench.staged(0, "x/0"));
    streaming.start().commit(savepoint);
    job.start().commit(job.wholeInput(ALL, bench.staged(0, "x/1")));

    HeadCommitter restored = bench.job("next", streaming, 4, OnRewind.FAIL).restored(4);
    assertThatThrownBy(() -> restored.commit(savepoint))
        .isInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("a whole input of submission job");
  }

  private HeadCommitter restarted() throws IOException, InterruptedException {
    return job.start();
  }

  /** Commits to all partitions but one. */
  private void failOnPartition(int partition, List<CommitRequest<StagedObject>> input)
      throws Exception {
    HeadCommitter committer = job.committer(OptionalLong.empty(), "job");
    committer.acquire();
    AtomicInteger replacements = new AtomicInteger();
    bench.store.follow(
        key ->
            FaultyStore.headOf(partition).test(key)
                    && replacements.incrementAndGet() > ACQUIRES_OF_A_COMMIT
                ? Answer.REFUSED
                : Answer.HONEST);
    assertThatThrownBy(() -> committer.commit(input))
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(IOException.class)
        .hasStackTraceContaining(StoreException.class.getName());
    bench.store.heal();
    assertThat(bench.positions().keySet()).containsExactly(0);
  }
}
