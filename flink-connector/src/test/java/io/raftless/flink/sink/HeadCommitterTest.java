package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.UnrecoverableException;
import io.raftless.flink.testing.FaultyStore;
import io.raftless.flink.testing.FaultyStore.Answer;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessException;
import io.raftless.log.StagedBatch;
import io.raftless.log.StagerOptions;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HeadCommitterTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int PARTITIONS = 3;

  private final FaultyStore store = new FaultyStore();
  private final TestLog log = TestLog.of(store, LOG, PARTITIONS);
  private final List<HeadCommitter> committers = new ArrayList<>();

  @AfterEach
  void close() {
    committers.forEach(HeadCommitter::close);
    log.close();
  }

  @Test
  void aCheckpointTakesOneWriteOfEachHead() throws Exception {
    HeadCommitter committer = committer("a", Duration.ofSeconds(10));
    committer.acquire();
    store.forgetReplaced();

    committer.commit(
        List.of(
            request(0, 0, staged(0, "x/0"), staged(1, "y/0")),
            request(0, 1, staged(0, "x/1"), staged(2, "z/0")),
            request(1, 0, staged(2, "w/0"))));

    assertThat(store.replaced()).hasSize(3).doesNotHaveDuplicates();
    assertThat(log.elements(0)).containsExactly("x/0", "x/1");
  }

  @Test
  void objectsOfOneWriterAreAppendedInTheOrderInWhichTheyWereStaged() throws Exception {
    FakeRequest third = request(0, 2, staged(0, "x/2"));
    FakeRequest first = request(0, 0, staged(0, "x/0"));
    FakeRequest second = request(0, 1, staged(0, "x/1"));

    committer("a", Duration.ofSeconds(10)).commit(List.of(third, first, second));

    assertThat(log.elements(0)).containsExactly("x/0", "x/1", "x/2");
  }

  @Test
  void committingAgainChangesNothingAndSaysSo() throws Exception {
    List<StagedBatch> batches = List.of(staged(0, "x/0"), staged(1, "y/0"));
    FakeRequest before = new FakeRequest(new StagedObject("a", 0, 0, batches));
    committer("a", Duration.ofSeconds(10)).commit(List.of(before));

    // Another attempt of the same submission, which knows nothing of the first.
    FakeRequest again = new FakeRequest(new StagedObject("a", 0, 0, batches));
    committer("a", Duration.ofSeconds(10)).commit(List.of(again));

    assertThat(before.alreadyCommitted()).isFalse();
    assertThat(again.alreadyCommitted()).isTrue();
    assertThat(log.size()).isEqualTo(2);
  }

  @Test
  void whatAnotherSubmissionStagedIsCommittedUnderTheNewOne() throws Exception {
    committer("old", Duration.ofSeconds(10)).acquire();
    FakeRequest restored =
        new FakeRequest(new StagedObject("old", 0, 0, List.of(staged(0, "x/0"))));

    committer("new", Duration.ofSeconds(10)).commit(List.of(restored));

    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void aCommitGoesOnWithTheOtherPartitionsAndComesBackToTheOneThatFailed() throws Exception {
    AtomicInteger refusals = new AtomicInteger();
    HeadCommitter committer = committer("a", Duration.ofSeconds(30));
    committer.acquire();
    store.follow(
        key ->
            FaultyStore.headOf(1).test(key) && refusals.incrementAndGet() <= 2
                ? Answer.REFUSED
                : Answer.HONEST);

    committer.commit(List.of(request(0, 0, staged(0, "x/0"), staged(1, "y/0"))));

    assertThat(refusals.get()).isGreaterThan(2);
    assertThat(log.size()).isEqualTo(2);
  }

  @Test
  void aLostResponseDoublesNothing() throws Exception {
    AtomicInteger puts = new AtomicInteger();
    HeadCommitter committer = committer("a", Duration.ofSeconds(30));
    committer.acquire();
    store.follow(key -> puts.incrementAndGet() == 1 ? Answer.LOST_RESPONSE : Answer.HONEST);

    committer.commit(List.of(request(0, 0, staged(0, "x/0"))));

    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void aStoreThatDoesNotAnswerFailsTheJobOverWhenTheTimeIsUp() throws Exception {
    HeadCommitter committer = committer("a", Duration.ofMillis(200));
    committer.acquire();
    store.follow(key -> Answer.REFUSED);
    List<CommitRequest<StagedObject>> requests = List.of(request(0, 0, staged(0, "x/0")));

    assertThatThrownBy(() -> committer.commit(requests))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("could not commit within PT0.2S");

    store.heal();
    committer.commit(requests);
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void aFencedLogFailsTheJobOverAndItGoesOnWhenTheLogIsUnfenced() throws Exception {
    HeadCommitter committer = committer("a", Duration.ofSeconds(10));
    committer.acquire();
    long fence = log.log().fence("maintenance").join();
    List<CommitRequest<StagedObject>> requests = List.of(request(0, 0, staged(0, "x/0")));

    assertThatThrownBy(() -> committer.commit(requests))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(UnrecoverableException.class)
        .hasMessageContaining("unfenced");
    assertThat(log.size()).isZero();

    log.log().unfence(fence, "done").join();
    committer.commit(requests);
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void anOlderSubmissionIsStoppedForGoodAndToldWhatToDo() throws Exception {
    HeadCommitter older = committer("older", Duration.ofSeconds(10));
    older.acquire();
    committer("newer", Duration.ofSeconds(10)).acquire();

    assertThatThrownBy(() -> older.commit(List.of(request(0, 0, staged(0, "x/0")))))
        .isInstanceOf(SinkFencedException.class)
        .hasMessageContaining("sink id 'sink'")
        .hasMessageContaining("submission older")
        .hasMessageContaining("submission newer")
        .hasMessageContaining("its own sink id");
    assertThat(log.size()).isZero();
  }

  @Test
  void anOlderSubmissionThatRestartsCannotTakeTheSinkIdBack() throws Exception {
    committer("older", Duration.ofSeconds(10)).acquire();
    committer("newer", Duration.ofSeconds(10)).acquire();
    HeadCommitter restarted = committer("older", Duration.ofSeconds(10));

    assertThatThrownBy(restarted::acquire).isInstanceOf(SinkFencedException.class);
  }

  @Test
  void batchesOfAnotherIncarnationStopTheJobForGood() throws Exception {
    StagedBatch staged = staged(0, "x/0");
    StagedBatch foreign =
        new StagedBatch(
            Incarnation.parse("01890a5d-ac96-774b-bcce-b302099a8057"), 0, staged.batch());
    HeadCommitter committer = committer("a", Duration.ofSeconds(10));

    assertThatThrownBy(() -> committer.commit(List.of(request(0, 0, foreign))))
        .isInstanceOf(UnrecoverableException.class)
        .isNotInstanceOf(SinkFencedException.class)
        .hasMessageContaining("deleted");
    assertThat(log.size()).isZero();
  }

  @Test
  void aMissingLogIsRefusedUnlessTheSinkCreatesIt() throws Exception {
    SinkSettings<String> missing = settings(LogId.of("", "missing"), 0, "a", Duration.ofSeconds(1));
    assertThatThrownBy(() -> OpenLog.of(missing))
        .isInstanceOf(UnrecoverableException.class)
        .hasCauseInstanceOf(RaftlessException.LogNotFound.class)
        .hasMessageContaining("setCreateLogWithPartitions");

    try (OpenLog created = OpenLog.of(settings(missing.log(), 5, "a", Duration.ofSeconds(1)))) {
      assertThat(created.log().partitions()).isEqualTo(5);
    }
  }

  private StagedBatch staged(int partition, String... elements) throws InterruptedException {
    return log.stage(partition, Stream.of(elements).map(Numbered::record).toList()).get(0);
  }

  private static FakeRequest request(int subtask, long sequence, StagedBatch... batches) {
    return new FakeRequest(new StagedObject("a", subtask, sequence, Arrays.asList(batches)));
  }

  private HeadCommitter committer(String submission, Duration timeout) {
    HeadCommitter committer =
        new HeadCommitter(
            settings(LOG, 0, submission, timeout),
            new Run("job", "quakes", OptionalLong.empty()),
            Clock.systemUTC(),
            opened -> {});
    committers.add(committer);
    return committer;
  }

  private SinkSettings<String> settings(
      LogId id, int createWithPartitions, String submission, Duration timeout) {
    return new SinkSettings<>(
        RegisteredStore.of(store),
        id,
        createWithPartitions,
        "sink",
        submission,
        new Numbered.Serializer(),
        RaftlessPartitioner.byKey(),
        StagerOptions.defaults(),
        timeout,
        OnRewind.FAIL,
        Duration.ZERO);
  }
}
