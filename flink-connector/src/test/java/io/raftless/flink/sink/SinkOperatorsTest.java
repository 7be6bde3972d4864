package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.MemoryObjectStore;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.runtime.operators.sink.CommitterOperatorFactory;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The sink in Flink's own operators. */
final class SinkOperatorsTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int MAX_PARALLELISM = 128;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 2);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable harness : opened) {
      harness.close();
    }
    log.close();
  }

  @Test
  void whatAWriterStagesIsStampedAndCommittedWhenItsCheckpointIsComplete() throws Exception {
    TwoPhaseSink<String> sink = sink();
    var writer = writer(sink, 1, 0, null, 0);
    var committer = committer(sink, null, 0);
    writer.processElement("a/0", 0);

    writer.prepareSnapshotPreBarrier(5);
    List<CommittableMessage<StagedObject>> messages = stamped(writer);
    for (CommittableMessage<StagedObject> message : messages) {
      committer.processElement(new StreamRecord<>(message));
    }
    assertThat(messages.get(0)).isInstanceOf(CommittableSummary.class);
    assertThat(objects(messages)).hasSize(2).allMatch(object -> object.checkpointId() == 5);
    committer.snapshot(5, 5);
    assertThat(log.size()).isZero();
    committer.notifyOfCompletedCheckpoint(5);

    assertThat(log.elements()).containsExactly("a/0");
    assertThat(log.log().describe().join().partitions())
        .flatExtracting(partition -> partition.writers())
        .hasSize(2)
        .allSatisfy(entry -> assertThat(entry.holder()).startsWith(sink.submissionId() + " "));
  }

  @Test
  void aCommitterThatIsRestoredCommitsBeforeItRuns() throws Exception {
    TwoPhaseSink<String> first = sink();
    OperatorSubtaskState state = staged(first, 5);

    TwoPhaseSink<String> second = sink();
    committer(second, state, 5);

    assertThat(log.elements()).containsExactly("a/0");
  }

  @Test
  void aCommitterThatIsRefusedFencesNobody() throws Exception {
    TwoPhaseSink<String> first = sink();
    var committer = committer(first, null, 0);
    var writer = writer(first, 1, 0, null, 0);
    OperatorSubtaskState older = checkpoint(writer, committer, 5, "a/0");
    committer.notifyOfCompletedCheckpoint(5);
    checkpoint(writer, committer, 6, "a/1");
    committer.notifyOfCompletedCheckpoint(6);

    TwoPhaseSink<String> second = sink();
    assertThatThrownBy(() -> committer(second, older, 5))
        .hasStackTraceContaining("has checkpoint 6 of submission " + first.submissionId());

    checkpoint(writer, committer, 7, "a/2");
    committer.notifyOfCompletedCheckpoint(7);
    assertThat(log.size()).isEqualTo(3);
  }

  @Test
  void idleCommittersNeitherAcquireNorOpenTheLog() throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            new CommitterOperatorFactory<>(sink(LogId.of("", "missing"), 0), false, true),
            MAX_PARALLELISM,
            2,
            1);
    opened.add(harness);
    harness.open();
    assertThat(log.log().describe().join().partitions())
        .allSatisfy(partition -> assertThat(partition.writers()).isEmpty());
  }

  @Test
  void everyWriterKnowsTheHistoryAfterARescale() throws Exception {
    TwoPhaseSink<String> first = sink();
    var one = writer(first, 1, 0, null, 0);
    one.prepareSnapshotPreBarrier(3);
    OperatorSubtaskState state = one.snapshot(3, 3);

    TwoPhaseSink<String> second = sink();
    for (int subtask = 0; subtask < 4; subtask++) {
      var writer = writer(second, 4, subtask, repartitioned(state, 1, 4, subtask), 3);
      writer.prepareSnapshotPreBarrier(4);
      assertThat(history(writer).ancestors())
          .containsExactly(
              new History.Ancestor(first.submissionId(), 3),
              new History.Ancestor(second.submissionId(), History.Ancestor.UNLIMITED));
    }
  }

  @Test
  void aWriterThatGotNoStateStartsAHistoryAndTheLongestOneCounts() throws Exception {
    TwoPhaseSink<String> sink = sink();
    var writer = writer(sink, 1, 0, OperatorSubtaskState.builder().build(), 3);
    writer.prepareSnapshotPreBarrier(4);
    History beginning = history(writer);
    assertThat(beginning.ancestors()).hasSize(1);

    History known =
        History.beginning(log.log().incarnation(), "first").restoredBy(sink.submissionId(), 3);
    assertThat(History.longest(List.of(beginning, known, beginning))).isEqualTo(known);
  }

  @Test
  void aRestartOfTheSameSubmissionIsNoNewAncestor() throws Exception {
    TwoPhaseSink<String> sink = sink();
    var before = writer(sink, 1, 0, null, 0);
    before.prepareSnapshotPreBarrier(3);
    OperatorSubtaskState state = before.snapshot(3, 3);
    var after = writer(sink, 1, 0, state, 3);
    after.prepareSnapshotPreBarrier(4);
    assertThat(history(after)).isEqualTo(history(before));
  }

  @Test
  void aWriterOfAnotherIncarnationIsRefusedAndRestoredStateCreatesNoLog() throws Exception {
    TwoPhaseSink<String> first = sink();
    var before = writer(first, 1, 0, null, 0);
    before.prepareSnapshotPreBarrier(3);
    OperatorSubtaskState state = before.snapshot(3, 3);
    log.log().delete("test").join();

    assertThatThrownBy(() -> writer(sink(LOG, 2), 1, 0, state, 3))
        .hasStackTraceContaining("does not exist");
    try (RaftlessLog created = RaftlessLog.create(store, LOG, 2)) {
      assertThatThrownBy(() -> writer(sink(), 1, 0, state, 3))
          .hasStackTraceContaining("deleted since, or has another name");
      assertThat(created.partitions()).isEqualTo(2);
    }
  }

  /** The state of a committer that has heard of a checkpoint, but not that it is complete. */
  private OperatorSubtaskState staged(TwoPhaseSink<String> sink, long checkpoint) throws Exception {
    return checkpoint(writer(sink, 1, 0, null, 0), committer(sink, null, 0), checkpoint, "a/0");
  }

  private static OperatorSubtaskState checkpoint(
      OneInputStreamOperatorTestHarness<String, CommittableMessage<StagedObject>> writer,
      OneInputStreamOperatorTestHarness<
              CommittableMessage<StagedObject>, CommittableMessage<StagedObject>>
          committer,
      long id,
      String element)
      throws Exception {
    writer.getOutput().clear();
    writer.processElement(element, 0);
    writer.prepareSnapshotPreBarrier(id);
    writer.snapshot(id, id);
    for (CommittableMessage<StagedObject> message : stamped(writer)) {
      committer.processElement(new StreamRecord<>(message));
    }
    return committer.snapshot(id, id);
  }

  private static List<CommittableMessage<StagedObject>> stamped(
      OneInputStreamOperatorTestHarness<String, CommittableMessage<StagedObject>> writer) {
    CheckpointStamp stamp = new CheckpointStamp(false);
    return writer.extractOutputValues().stream().map(stamp::map).toList();
  }

  private static List<StagedObject> objects(List<CommittableMessage<StagedObject>> messages) {
    List<StagedObject> objects = new ArrayList<>();
    for (CommittableMessage<StagedObject> message : messages) {
      if (message instanceof CommittableWithLineage<StagedObject> committable) {
        objects.add(committable.getCommittable());
      }
    }
    return objects;
  }

  private static History history(
      OneInputStreamOperatorTestHarness<String, CommittableMessage<StagedObject>> writer) {
    List<StagedObject> objects = objects(writer.extractOutputValues());
    History history = objects.get(objects.size() - 1).history();
    if (history == null) {
      throw new AssertionError("the last object is no marker");
    }
    return history;
  }

  private static OperatorSubtaskState repartitioned(
      OperatorSubtaskState state, int before, int after, int subtask) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        state, MAX_PARALLELISM, before, after, subtask);
  }

  private OneInputStreamOperatorTestHarness<String, CommittableMessage<StagedObject>> writer(
      TwoPhaseSink<String> sink,
      int parallelism,
      int subtask,
      @Nullable OperatorSubtaskState state,
      long restored)
      throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<String, CommittableMessage<StagedObject>>(
            new SinkWriterOperatorFactory<>(sink), MAX_PARALLELISM, parallelism, subtask);
    opened.add(harness);
    if (state != null) {
      harness.setRestoredCheckpointId(restored);
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private OneInputStreamOperatorTestHarness<
          CommittableMessage<StagedObject>, CommittableMessage<StagedObject>>
      committer(TwoPhaseSink<String> sink, @Nullable OperatorSubtaskState state, long restored)
          throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<
            CommittableMessage<StagedObject>, CommittableMessage<StagedObject>>(
            new CommitterOperatorFactory<>(sink, false, true), MAX_PARALLELISM, 1, 0);
    opened.add(harness);
    if (state != null) {
      harness.setRestoredCheckpointId(restored);
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private TwoPhaseSink<String> sink() {
    return sink(LOG, 0);
  }

  private TwoPhaseSink<String> sink(LogId id, int createWithPartitions) {
    RaftlessSinkBuilder<String> builder =
        RaftlessSink.<String>builder()
            .setStore(RegisteredStore.of(store))
            .setLog(id)
            .setSinkId("numbers")
            .setSerializer(new Numbered.Serializer());
    if (createWithPartitions > 0) {
      builder.setCreateLogWithPartitions(createWithPartitions);
    }
    return (TwoPhaseSink<String>) builder.build();
  }
}
