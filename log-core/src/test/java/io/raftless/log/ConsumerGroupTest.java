package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.id.Incarnation;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConsumerGroupTest {
  private static final LogId ID = LogId.of("test", "log");
  private static final Duration LONG = Duration.ofSeconds(30);

  private ObjectStore store;
  private RaftlessLog log;

  /** A fresh, empty store. */
  ObjectStore openStore() {
    return new MemoryObjectStore();
  }

  @BeforeEach
  void create() {
    store = openStore();
    log = RaftlessLog.create(store, ID, 2);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
    stopServer();
  }

  /** Whatever {@link #openStore} needed. */
  void stopServer() {}

  private void append(int partition, int records) throws InterruptedException {
    List<LogRecord> all = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      all.add(record("r" + i));
    }
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      writer.append(partition, all, AppendConditions.NONE).join();
    }
  }

  private static GroupPosition at(int partition, long generation, long offset) {
    return new GroupPosition(partition, generation, OptionalLong.of(offset), null);
  }

  private static GroupPosition none(int partition, long generation) {
    return new GroupPosition(partition, generation, OptionalLong.empty(), null);
  }

  private List<String> cursorKeys() {
    return store.list("", null).join().objects().stream()
        .map(ListPage.ListedObject::key)
        .filter(key -> key.contains("/cursors/"))
        .sorted()
        .toList();
  }

  @Test
  void aGroupIsSharedByAllProcessesAndStartedByTheFirst() throws Exception {
    append(1, 10);
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      assertThat(log.group("g").position(1).join()).isEqualTo(none(1, 0));
      assertThat(cursorKeys()).as("looking creates nothing").isEmpty();
      assertThat(log.group("g").start(1, ResetTo.latest()).join()).isEqualTo(at(1, 0, 10));
      assertThat(other.group("g").start(1, ResetTo.earliest()).join()).isEqualTo(at(1, 0, 10));
      assertThat(other.group("h").start(1, ResetTo.earliest()).join()).isEqualTo(at(1, 0, 0));
      assertThat(log.group("g").positions().join())
          .containsEntry(0, none(0, 0))
          .containsEntry(1, at(1, 0, 10))
          .hasSize(2);
    }
  }

  @Test
  void ofTwoConsumersThatProcessedTheSameOneHasAdvancedTheCursor() throws Exception {
    append(0, 10);
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      ConsumerGroup mine = log.group("g");
      ConsumerGroup theirs = other.group("g");
      mine.start(0, ResetTo.earliest()).join();
      assertThat(mine.acknowledge(0, 0, 0, 4).join())
          .isEqualTo(new Acknowledgement.Advanced(at(0, 0, 4)));
      assertThat(theirs.acknowledge(0, 0, 0, 4).join())
          .isEqualTo(new Acknowledgement.AlreadyProcessed(at(0, 0, 4)));
      assertThat(theirs.acknowledge(0, 0, 5, 8).join())
          .isEqualTo(new Acknowledgement.Mismatch(at(0, 0, 4)));
      assertThat(theirs.acknowledge(0, 0, 4, 8).join())
          .isEqualTo(new Acknowledgement.Advanced(at(0, 0, 8)));
      // What the first one knows is of before.
      assertThat(mine.acknowledge(0, 0, 4, 8).join())
          .isEqualTo(new Acknowledgement.AlreadyProcessed(at(0, 0, 8)));
    }
  }

  @Test
  void aSlowConsumerIsToldThatOthersWereFasterHoweverManyThereWere() throws Exception {
    append(0, 50);
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      ConsumerGroup slow = log.group("g");
      ConsumerGroup fast = other.group("g");
      slow.start(0, ResetTo.earliest()).join();
      for (int i = 0; i < 50; i++) {
        fast.acknowledge(0, 0, i, i + 1).join();
      }
      assertThat(slow.acknowledge(0, 0, 0, 1).join())
          .isEqualTo(new Acknowledgement.AlreadyProcessed(at(0, 0, 50)));
    }
  }

  @Test
  void anAdvanceNeverGoesBack() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    GroupPosition seven = new GroupPosition(0, 0, OptionalLong.of(7), "checkpoint 7");
    assertThat(group.advance(0, 0, 7, "checkpoint 7").join())
        .isEqualTo(new Acknowledgement.Advanced(seven));
    assertThat(group.advance(0, 0, 3, "checkpoint 3").join())
        .isEqualTo(new Acknowledgement.AlreadyProcessed(seven));
    assertThat(log.group("g").position(0).join()).isEqualTo(seven);
  }

  @Test
  void afterAResetWhatWasReadBeforeItDoesNotCount() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    group.advance(0, 0, 7, null).join();
    assertThat(group.reset(0, ResetTo.offset(2)).join()).isEqualTo(at(0, 1, 2));
    Acknowledgement mismatch = new Acknowledgement.Mismatch(at(0, 1, 2));
    assertThat(group.advance(0, 0, 9, null).join()).isEqualTo(mismatch);
    assertThat(group.acknowledge(0, 0, 2, 9).join()).isEqualTo(mismatch);
    assertThat(group.acknowledge(0, 1, 2, 9).join())
        .isEqualTo(new Acknowledgement.Advanced(at(0, 1, 9)));
    assertThat(group.reset(0, ResetTo.earliest()).join()).isEqualTo(at(0, 2, 0));
    assertThat(group.reset(0, ResetTo.latest()).join()).isEqualTo(at(0, 3, 10));
  }

  @Test
  void aResetThatIsRepeatedByItsCallerDoesNotUndoWhatWasProcessedSince() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    group.advance(0, 0, 7, null).join();
    group.reset(0, ResetTo.earliest(), 0).join();
    group.advance(0, 1, 5, null).join();
    assertThatThrownBy(() -> group.reset(0, ResetTo.earliest(), 0).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("at offset 5 in generation 1");
    assertThat(group.position(0).join()).isEqualTo(at(0, 1, 5));
  }

  @Test
  void offsetsThatThePartitionDoesNotHaveAreRefused() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    assertThatThrownBy(() -> group.reset(0, ResetTo.offset(11)).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("choose 0 to 10");
    assertThatThrownBy(() -> group.start(0, ResetTo.offset(11)).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class);
    assertThatThrownBy(() -> group.advance(0, 0, 11, null).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("ends at 10");
    group.start(0, ResetTo.latest()).join();
    assertThatThrownBy(() -> group.acknowledge(0, 0, 10, 11).join())
        .hasCauseInstanceOf(RaftlessException.Refused.class);
    assertThatThrownBy(() -> group.position(2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> log.group("a/b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> log.group("..")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDeletedGroupIsGoneUntilSomebodyStartsItAgain() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    group.advance(0, 0, 7, null).join();
    log.group("h").advance(1, 0, 0, null).join();
    assertThat(log.groups().join()).containsExactly("g", "h");

    group.delete().join();
    group.delete().join();
    assertThat(log.groups().join()).containsExactly("h");
    assertThat(group.position(0).join()).isEqualTo(none(0, 1));
    assertThat(group.advance(0, 0, 9, null).join())
        .isEqualTo(new Acknowledgement.Mismatch(none(0, 1)));
    assertThat(log.groups().join()).containsExactly("h");

    assertThat(group.start(0, ResetTo.offset(3)).join()).isEqualTo(at(0, 1, 3));
    assertThat(log.groups().join()).containsExactly("g", "h");
  }

  @Test
  void theLagIsWhatCanBeReadAndWasNotProcessed() throws Exception {
    append(0, 10);
    append(1, 4);
    ConsumerGroup group = log.group("g");
    group.advance(0, 0, 7, null).join();
    assertThat(group.lag().join().values())
        .containsExactly(
            new PartitionLag(0, 0, 10, OptionalLong.of(7), 3),
            new PartitionLag(1, 0, 4, OptionalLong.empty(), 4));
    // A cursor that retention has overtaken has lost records, and those are nobody's lag.
    PartitionStatus trimmed = new PartitionStatus(log.incarnation(), 0, 8, 10, false, "");
    assertThat(PartitionLag.of(at(0, 0, 7), trimmed).records()).isEqualTo(2);
    assertThat(PartitionLag.of(none(0, 0), trimmed).records()).isEqualTo(2);
  }

  @Test
  void theSmallestOffsetOfGroupsIsHeldBackByOneThatHasNotBegun() throws Exception {
    append(0, 10);
    log.group("g").advance(0, 0, 7, null).join();
    log.group("h").advance(0, 0, 5, null).join();
    assertThat(log.smallestOffset(0, List.of("g", "h")).join()).hasValue(5);
    assertThat(log.smallestOffset(0, List.of("g", "h", "new")).join()).hasValue(0);
    assertThat(log.smallestOffset(0, List.of()).join()).isEmpty();
    log.group("h").delete().join();
    assertThat(log.smallestOffset(0, List.of("g", "h")).join()).hasValue(0);
  }

  @Test
  void aReaderBeginsWhereTheGroupIs() throws Exception {
    append(0, 10);
    log.group("g").advance(0, 0, 7, null).join();
    assertThat(firstRead(StartAt.group("g", StartAt.IfNoCursor.FAIL)).baseOffset()).isEqualTo(7);
    assertThat(firstRead(StartAt.group("new", StartAt.IfNoCursor.EARLIEST)).baseOffset()).isZero();
    assertThat(cursorKeys()).as("reading creates nothing").hasSize(1);
    assertThatThrownBy(() -> firstRead(StartAt.group("new", StartAt.IfNoCursor.FAIL)))
        .isInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("'new'");
  }

  private ReadBatch firstRead(StartAt start) throws InterruptedException {
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, start);
      return reader.poll(LONG).orElseThrow();
    }
  }

  @Test
  void aReaderOfAGroupWithoutCursorCanBeginAtTheEnd() throws Exception {
    append(0, 10);
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, StartAt.group("new", StartAt.IfNoCursor.LATEST));
      assertThat(reader.poll(Duration.ofMillis(200))).isEmpty();
      append(0, 1);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(10);
    }
  }

  @Test
  void aReaderOfAGroupWhoseCursorIsAtTheEndWaitsForMore() throws Exception {
    append(0, 10);
    log.group("g").start(0, ResetTo.latest()).join();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, StartAt.group("g", StartAt.IfNoCursor.FAIL));
      assertThat(reader.poll(Duration.ofMillis(50))).isEmpty();
      append(0, 1);
      assertThat(reader.poll(LONG).orElseThrow().baseOffset()).isEqualTo(10);
    }
  }

  /** The log is deleted and created again, as {@code log.json} says it. */
  private Incarnation createAgain() {
    try (RaftlessLog admin = RaftlessLog.open(store, ID)) {
      admin.delete("to be made anew").join();
    }
    try (RaftlessLog young = RaftlessLog.create(store, ID, log.partitions())) {
      return young.incarnation();
    }
  }

  @Test
  void theHandleOfADeletedLogTouchesNoCursorOfTheNewOneAndHearsOfIt() throws Exception {
    append(0, 10);
    ConsumerGroup old = log.group("g");
    old.advance(0, 0, 7, null).join();
    Incarnation incarnation = createAgain();
    try (RaftlessLog young = RaftlessLog.open(store, ID)) {
      young.group("g").start(0, ResetTo.earliest()).join();

      // A cursor that is there is moved, that of the old incarnation.
      assertThat(old.advance(0, 0, 8, null).join())
          .isEqualTo(new Acknowledgement.Advanced(at(0, 0, 8)));
      // Whatever places a cursor, and whatever would create one, looks.
      List<CompletableFuture<?>> refused =
          List.of(
              old.reset(0, ResetTo.earliest()),
              old.reset(0, ResetTo.earliest(), 0),
              old.delete(),
              old.start(0, ResetTo.earliest()),
              old.start(1, ResetTo.earliest()),
              old.advance(1, 0, 0, null),
              log.group("h").advance(0, 0, 7, null));
      for (CompletableFuture<?> one : refused) {
        assertThatThrownBy(one::join).hasCauseInstanceOf(RaftlessException.OtherIncarnation.class);
      }
      assertThat(young.group("g").position(0).join()).isEqualTo(at(0, 0, 0));
      assertThat(young.groups().join()).containsExactly("g");
      String before = ID.root() + log.incarnation() + "/cursors/g/0";
      assertThat(cursorKeys())
          .containsExactlyInAnyOrder(before, ID.root() + incarnation + "/cursors/g/0");

      // Once the old data is cleaned away, moving a cursor that was there tells as well.
      store.delete(before).join();
      assertThatThrownBy(() -> old.advance(0, 0, 9, null).join())
          .hasCauseInstanceOf(RaftlessException.OtherIncarnation.class);
    }
  }

  @Test
  void aCursorThatSomebodyDeletedOrCopiedIsAnError() throws Exception {
    append(0, 10);
    ConsumerGroup group = log.group("g");
    group.advance(0, 0, 7, null).join();
    String key = cursorKeys().get(0);
    ByteBuffer body = ((GetOutcome.Found) store.get(key).join()).body();
    store.putIfAbsent(key.replace("/g/", "/h/"), body).join();
    assertThatThrownBy(() -> log.group("h").position(0).join())
        .hasCauseInstanceOf(RaftlessException.Corrupted.class)
        .hasMessageContaining("group 'g'");
    store.delete(key).join();
    assertThatThrownBy(() -> group.position(0).join())
        .hasCauseInstanceOf(RaftlessException.Failed.class)
        .hasMessageContaining("somebody deleted it");
  }

  /** What a cell knows of it must be what is stored. */
  @Test
  void everyWriteOfACursorHasAVersionAndALabelOfItsOwn() throws Exception {
    append(0, 10);
    GroupCursors cursors = log.group("g").cursors();
    long version = 0;
    for (int i = 0; i < 10; i++) {
      log.group("g").advance(0, 0, i, null).join();
      var cursor = cursors.read(0).join();
      assertThat(cursor.version()).isGreaterThan(version);
      version = cursor.version();
    }
    assertThat(version).as("created, then moved ten times").isEqualTo(11);
  }

  @Test
  void partitionsThatOthersAddedHaveAPositionAndALag() throws Exception {
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      other.addPartitions(3).join();
    }
    assertThat(log.group("g").positions().join()).hasSize(3);
    try (RaftlessLog other = RaftlessLog.open(store, ID)) {
      other.addPartitions(4).join();
    }
    assertThat(log.group("g").lag().join()).hasSize(4);
  }
}
