package io.raftless.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.log.ResetTo;
import io.raftless.store.MemoryObjectStore;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class GroupCommitsTest {
  private static final LogId LOG = LogId.of("", "log");

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 2);
  private final RecordedMetrics recorded = new RecordedMetrics();
  private final ReaderMetrics metrics = new ReaderMetrics(recorded);

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void whatACompletedCheckpointHadReadIsCommittedAndNothingThatCameAfterIt() throws Exception {
    append(0, 10);
    GroupCommits commits = commits();
    commits.begin(split(0, 0));
    commits.snapshot(1, List.of(split(0, 4)));
    commits.snapshot(2, List.of(split(0, 9)));
    commits.completed(1);
    commits.close();
    assertThat(cursor(0)).hasValue(4);
  }

  @Test
  void aSplitThatFinishedIsCommittedByTheNextCheckpoint() throws Exception {
    append(0, 10);
    append(1, 10);
    GroupCommits commits = commits();
    commits.begin(split(0, 0));
    commits.snapshot(1, List.of(split(0, 4)));
    commits.finished(split(0, 10));
    commits.completed(1);
    commits.snapshot(2, List.of());
    commits.completed(2);
    commits.close();
    assertThat(cursor(0)).hasValue(10);
    assertThat(cursor(1)).isEmpty();
  }

  @Test
  void aCursorNeverGoesBack() throws Exception {
    append(0, 10);
    log.log().group("readers").advance(0, 0, 8, null).join();
    GroupCommits commits = commits();
    commits.begin(split(0, 0));
    commits.snapshot(1, List.of(split(0, 5)));
    commits.completed(1);
    commits.close();
    assertThat(cursor(0)).hasValue(8);
  }

  @Test
  void aCursorThatWasResetMeanwhileIsLeftWhereItIs() throws Exception {
    append(0, 10);
    GroupCommits first = commits();
    first.begin(split(0, 0));
    first.snapshot(1, List.of(split(0, 5)));
    first.completed(1);
    first.close();

    CountedCursors counted =
        new CountedCursors(GroupCursors.open(RegisteredStore.of(store).open(), "readers"));
    GroupCommits second = new GroupCommits(() -> counted, metrics);
    second.begin(split(0, 5));
    counted.generationRead.join();
    log.log().group("readers").reset(0, ResetTo.offset(2)).join();
    second.snapshot(1, List.of(split(0, 9)));
    second.completed(1);
    second.close();
    assertThat(cursor(0)).hasValue(2);
    assertThat(recorded.count("raftless.groupCommitsFailed")).isEqualTo(1);
  }

  @Test
  void aFailureFailsNobodyAndTheNextCheckpointTriesAgain() throws Exception {
    append(0, 10);
    FailingOnce cursors =
        new FailingOnce(GroupCursors.open(RegisteredStore.of(store).open(), "readers"));
    GroupCommits commits = new GroupCommits(() -> cursors, metrics);
    commits.begin(split(0, 0));
    commits.snapshot(1, List.of(split(0, 5)));
    commits.completed(1);
    cursors.failed.join();
    commits.snapshot(2, List.of(split(0, 5)));
    commits.completed(2);
    commits.close();
    assertThat(cursor(0)).hasValue(5);
    assertThat(recorded.count("raftless.groupCommitsFailed")).isEqualTo(1);
    assertThat(recorded.count("raftless.groupCommitsSucceeded")).isEqualTo(1);
  }

  @Test
  void aLogThatWasCreatedAgainKeepsTheCursorsItHas() throws Exception {
    append(0, 10);
    GroupCommits commits = commits();
    RaftlessSplit old =
        new RaftlessSplit(
            LOG,
            Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"),
            0,
            0,
            5,
            RaftlessSplit.UNBOUNDED);
    commits.begin(old);
    commits.snapshot(1, List.of(old));
    commits.completed(1);
    commits.close();
    assertThat(cursor(0)).isEmpty();
  }

  private void append(int partition, int count) throws InterruptedException {
    log.append(partition, Collections.nCopies(count, LogRecord.of(null, new byte[] {1}, 1_000)));
  }

  private RaftlessSplit split(int partition, long start) {
    return new RaftlessSplit(
        LOG, log.log().incarnation(), partition, 0, start, RaftlessSplit.UNBOUNDED);
  }

  private OptionalLong cursor(int partition) {
    return log.log().group("readers").position(partition).join().offset();
  }

  private GroupCommits commits() {
    RegisteredStore shared = RegisteredStore.of(store);
    return new GroupCommits(() -> GroupCursors.open(shared.open(), "readers"), metrics);
  }

  private static class CountedCursors implements CursorStore {
    private final CursorStore cursors;
    final CompletableFuture<Void> generationRead = new CompletableFuture<>();

    CountedCursors(CursorStore cursors) {
      this.cursors = cursors;
    }

    @Override
    public CompletableFuture<Long> generation(LogCreation log, int partition) {
      return cursors
          .generation(log, partition)
          .whenComplete((generation, failure) -> generationRead.complete(null));
    }

    @Override
    public CompletableFuture<Boolean> advance(
        LogCreation log, int partition, long generation, long to) {
      return cursors.advance(log, partition, generation, to);
    }

    @Override
    public void close() {
      cursors.close();
    }
  }

  private static final class FailingOnce extends CountedCursors {
    final CompletableFuture<Void> failed = new CompletableFuture<>();

    FailingOnce(CursorStore cursors) {
      super(cursors);
    }

    @Override
    public CompletableFuture<Boolean> advance(
        LogCreation log, int partition, long generation, long to) {
      if (failed.complete(null)) {
        return CompletableFuture.failedFuture(new IllegalStateException("the test says no"));
      }
      return super.advance(log, partition, generation, to);
    }
  }
}
