package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.LogRecord;
import io.raftless.format.RecordHeader;
import io.raftless.index.IndexShape;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RaftlessLogTest {
  private static final LogId ID = LogId.of("test", "log");

  private ObjectStore store;
  private RaftlessLog log;

  /** A fresh, empty store. */
  ObjectStore openStore() {
    return new MemoryObjectStore();
  }

  @BeforeEach
  void create() {
    store = openStore();
    log = RaftlessLog.create(store, ID, 3);
  }

  @AfterEach
  void close() {
    log.close();
    store.close();
    stopServer();
  }

  /** Whatever {@link #openStore} needed. */
  void stopServer() {}

  static LogRecord record(String text) {
    return LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 1_000);
  }

  static List<String> texts(RaftlessLog log, int partition, long from) {
    long end = log.status(partition).join().nextOffset();
    List<String> texts = new ArrayList<>();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(partition, from);
      long next = from;
      while (next < end) {
        Optional<ReadBatch> batch = reader.poll(Duration.ofSeconds(30));
        assertThat(batch).as("a batch of %s at %s", partition, next).isPresent();
        assertThat(batch.orElseThrow().baseOffset()).isEqualTo(next);
        next = batch.orElseThrow().nextOffset();
        for (LogRecord record : batch.orElseThrow().records()) {
          byte[] value = record.value();
          texts.add(value == null ? "null" : new String(value, StandardCharsets.UTF_8));
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return texts;
  }

  @Test
  void whatWasAppendedIsReadBackInOrderAtTheOffsetsThatTheFuturesSaid() throws Exception {
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(5))) {
      for (int i = 0; i < 5_000; i++) {
        offsets.add(writer.append(i % 3, record("r" + i)));
      }
    }
    for (int i = 0; i < 5_000; i++) {
      assertThat(offsets.get(i).join()).isEqualTo(i / 3);
    }
    for (int partition = 0; partition < 3; partition++) {
      List<String> texts = texts(log, partition, 0);
      assertThat(texts.get(0)).isEqualTo("r" + partition);
      assertThat(texts.get(1_000)).isEqualTo("r" + (3_000 + partition));
    }
  }

  @Test
  void writersOfManyProcessesOnOnePartitionLoseAndDoubleNothingWhileAReaderTails()
      throws Exception {
    List<RaftlessLog> processes = new ArrayList<>();
    List<LogWriter> writers = new ArrayList<>();
    List<CompletableFuture<Long>> offsets = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int process = 0; process < 4; process++) {
      processes.add(RaftlessLog.open(store, ID));
      writers.add(processes.get(process).newWriter(WriterOptions.defaults().withLingerMillis(0)));
    }
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, StartAt.earliest());
      for (int i = 0; i < 240; i++) {
        names.add("w" + i % 4 + "-" + String.format("%03d", i));
        offsets.add(writers.get(i % 4).append(0, record(names.get(i))));
      }
      String[] read = new String[240];
      for (long next = 0; next < 240; ) {
        ReadBatch batch = reader.poll(Duration.ofSeconds(30)).orElseThrow();
        assertThat(batch.baseOffset()).isEqualTo(next);
        for (LogRecord record : batch.records()) {
          byte[] value = record.value();
          read[(int) next++] = value == null ? "" : new String(value, StandardCharsets.UTF_8);
        }
      }
      for (int i = 0; i < 240; i++) {
        assertThat(read[offsets.get(i).join().intValue()]).isEqualTo(names.get(i));
      }
      for (int process = 0; process < 4; process++) {
        String prefix = "w" + process;
        assertThat(Arrays.stream(read).filter(name -> name.startsWith(prefix)).toList())
            .hasSize(60)
            .isSorted();
      }
    }
    writers.forEach(LogWriter::close);
    processes.forEach(RaftlessLog::close);
  }

  @Test
  void everythingOfARecordSurvives() throws Exception {
    List<LogRecord> records =
        List.of(
            LogRecord.of(null, null, -5),
            LogRecord.of(new byte[0], new byte[0], Long.MAX_VALUE),
            new LogRecord(
                new byte[] {1},
                new byte[] {2, 3},
                List.of(
                    new RecordHeader("", null),
                    new RecordHeader("ü", new byte[0]),
                    new RecordHeader("ü", new byte[] {9})),
                Long.MIN_VALUE));
    try (LogWriter writer = log.newWriter(WriterOptions.defaults());
        LogReader reader = log.newReader(ReaderOptions.defaults())) {
      writer.append(0, records, AppendConditions.NONE).join();
      reader.assign(0, 0);
      assertThat(reader.poll(Duration.ofSeconds(10)).orElseThrow().records()).isEqualTo(records);
    }
  }

  @Test
  void aLongLogIsReadBackThroughNodesFromAnyOffset() throws Exception {
    LogOptions small = new LogOptions(Duration.ofSeconds(60), new IndexShape(4, 3, 2));
    try (RaftlessLog tall = RaftlessLog.open(store, ID, small);
        LogWriter writer = tall.newWriter(WriterOptions.defaults().withLingerMillis(0))) {
      for (int i = 0; i < 200; i++) {
        writer.append(0, List.of(record("a" + i), record("b" + i)), AppendConditions.NONE).join();
      }
      for (long from : new long[] {0, 1, 77, 200, 398, 399}) {
        List<String> texts = texts(tall, 0, from);
        assertThat(texts).hasSize((int) (400 - from));
        assertThat(texts.get(0)).isEqualTo((from % 2 == 0 ? "a" : "b") + from / 2);
      }
    }
  }

  @Test
  void stagedBatchesAreInvisibleUntilTheyAreCommittedAndCommittedOnce() throws Exception {
    WriterClaim claim = log.acquire("sink", "holder").join().get(1);
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      stager.add(1, record("x"));
      stager.add(1, record("y"));
      List<StagedBatch> staged =
          StagedBatchCodec.decode(StagedBatchCodec.encode(stager.stage().join().get(0)));
      assertThat(log.status(1).join().nextOffset()).isZero();
      CommitResult first = log.commit(1, staged, claim, "{\"n\":1}").join();
      CommitResult second = log.commit(1, staged, claim, null).join();
      assertThat(first).isEqualTo(new CommitResult(List.of(0L), 0));
      assertThat(second).isEqualTo(new CommitResult(List.of(0L), 1));
      assertThat(texts(log, 1, 0)).containsExactly("x", "y");
      assertThat(log.acquire("sink", "holder").join().values())
          .extracting(WriterClaim::position)
          .containsExactly(null, "{\"n\":1}", null);
    }
  }

  @Test
  void aNewerHolderFencesTheOlderOneAndTheOlderCannotComeBack() throws Exception {
    Map<Integer, WriterClaim> old = log.acquire("w", "old").join();
    Map<Integer, WriterClaim> young = log.acquire("w", "young").join();
    try (LogWriter oldWriter = log.newWriter(WriterOptions.defaults(), old);
        LogWriter youngWriter = log.newWriter(WriterOptions.defaults(), young)) {
      assertThatThrownBy(() -> oldWriter.append(0, record("no")).join())
          .hasCauseInstanceOf(RaftlessException.WriterFenced.class)
          .hasMessageContaining("young");
      assertThat(youngWriter.append(0, record("yes")).join()).isZero();
    }
    assertThatThrownBy(() -> log.acquire("w", "old").join())
        .hasCauseInstanceOf(RaftlessException.WriterFenced.class);
    assertThat(texts(log, 0, 0)).containsExactly("yes");
  }

  @Test
  void aFencedLogTakesNoAppendsUntilItIsUnfenced() throws Exception {
    long generation = log.fence("maintenance").join();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      assertThatThrownBy(() -> writer.append(2, record("no")).join())
          .hasCauseInstanceOf(RaftlessException.LogFenced.class)
          .hasMessageContaining("maintenance");
      log.unfence(generation, "done").join();
      writer.goOn(2);
      assertThat(writer.append(2, record("yes")).join()).isZero();
    }
  }

  @Test
  void anUnfenceThatIsRepeatedLeavesSomebodyElsesFenceAlone() {
    long first = log.fence("first").join();
    long open = log.unfence(first, "done").join();
    assertThat(log.unfence(first, "done").join()).isEqualTo(open);
    log.fence("corruption found").join();
    assertThatThrownBy(() -> log.unfence(first, "done").join())
        .hasCauseInstanceOf(RaftlessException.Refused.class)
        .hasMessageContaining("corruption found");
    assertThat(log.status(0).join().fenced()).isTrue();
  }

  @Test
  void closingALogFailsWhatIsUnderWayAndNobodyWaitsForIt() throws Exception {
    GatedStore gated = new GatedStore(store);
    RaftlessLog closing = RaftlessLog.open(gated, ID);
    LogWriter writer = closing.newWriter(WriterOptions.defaults().withInlineBytes(0));
    Stager stager = closing.newStager(StagerOptions.defaults());
    LogReader reader = closing.newReader(ReaderOptions.defaults());
    gated.hold();
    CompletableFuture<Long> append = writer.append(0, record("x"));
    stager.add(0, record("y"));
    var staged = stager.stage();
    gated.await(2);
    CompletableFuture<Void> closer = CompletableFuture.runAsync(writer::close);
    closing.close();
    closer.join();
    assertThatThrownBy(append::join).hasCauseInstanceOf(RaftlessException.class);
    assertThatThrownBy(staged::join).hasCauseInstanceOf(RaftlessException.Failed.class);
    assertThatThrownBy(() -> reader.poll(Duration.ofSeconds(30)))
        .isInstanceOf(IllegalStateException.class);
    gated.open();
  }

  @Test
  void aHeadThatSomebodyDeletedIsAnErrorAndNotAnEmptyPartition() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      writer.append(0, record("x")).join();
      for (var object : store.list("", null).join().objects()) {
        if (object.key().endsWith("/0/head")) {
          store.delete(object.key()).join();
        }
      }
      assertThatThrownBy(() -> log.status(0).join())
          .hasCauseInstanceOf(RaftlessException.Failed.class)
          .hasMessageContaining("somebody deleted it");
      assertThatThrownBy(() -> writer.append(0, record("y")).join())
          .hasCauseInstanceOf(RaftlessException.class);
    }
  }

  @Test
  void whatThisProcessKnewLongAgoDoesNotDecideWhatIsRefusedNow() throws Exception {
    try (RaftlessLog admin = RaftlessLog.open(store, ID);
        LogWriter writer = log.newWriter(WriterOptions.defaults());
        LogWriter other = admin.newWriter(WriterOptions.defaults())) {
      writer.append(0, record("a")).join();
      long generation = admin.fence("by somebody else").join();
      assertThatThrownBy(() -> writer.append(0, record("no")).join())
          .hasCauseInstanceOf(RaftlessException.LogFenced.class);
      admin.unfence(generation, "by somebody else").join();
      other.append(0, record("b")).join();
      writer.goOn(0);
      assertThat(writer.append(0, List.of(record("c")), AppendConditions.at(2)).join())
          .isEqualTo(2);
    }
  }

  @Test
  void acquiringAgainReturnsThePositionThereIsAndNotTheOneThatWasKnown() throws Exception {
    WriterClaim claim = log.acquire("w", "shared").join().values().iterator().next();
    try (RaftlessLog twin = RaftlessLog.open(store, ID);
        Stager stager = twin.newStager(StagerOptions.defaults())) {
      stager.add(0, record("x"));
      twin.commit(0, stager.stage().join().get(0), claim, "newer").join();
    }
    assertThat(log.acquire("w", "shared").join().values().iterator().next().position())
        .isEqualTo("newer");
  }

  @Test
  void afterAFailureLaterRecordsFailUntilTheWriterGoesOn() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults())) {
      var wrong = writer.append(0, List.of(record("wrong")), AppendConditions.at(7));
      var later = writer.append(0, record("later"));
      var elsewhere = writer.append(1, record("elsewhere"));
      assertThatThrownBy(wrong::join).hasCauseInstanceOf(RaftlessException.OffsetMismatch.class);
      assertThatThrownBy(later::join)
          .hasCauseInstanceOf(RaftlessException.EarlierRequestFailed.class);
      assertThat(elsewhere.join()).isZero();
      writer.goOn(0);
      assertThat(writer.append(0, List.of(record("right")), AppendConditions.at(0)).join())
          .isZero();
    }
    assertThat(texts(log, 0, 0)).containsExactly("right");
  }

  @Test
  void aReaderAtTheEndSeesWhatIsAppendedLater() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withLingerMillis(0));
        LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      assertThat(reader.poll(Duration.ofMillis(50))).isEmpty();
      writer.append(0, record("late")).join();
      assertThat(reader.poll(Duration.ofSeconds(10)).orElseThrow().baseOffset()).isZero();
    }
  }

  @Test
  void anOffsetBeyondTheEndIsAnError() {
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 1);
      assertThatThrownBy(() -> reader.poll(Duration.ofSeconds(10)))
          .isInstanceOf(RaftlessException.OffsetOutOfRange.class);
    }
  }

  @Test
  void aLogIsCreatedOnceAndFoundAgain() {
    assertThatThrownBy(() -> RaftlessLog.create(store, ID, 2))
        .isInstanceOf(RaftlessException.LogExists.class);
    try (RaftlessLog again = RaftlessLog.openOrCreate(store, ID, 9)) {
      assertThat(again.partitions()).isEqualTo(3);
      assertThat(again.incarnation()).isEqualTo(log.incarnation());
    }
    assertThatThrownBy(() -> RaftlessLog.open(store, LogId.of("test", "other")))
        .isInstanceOf(RaftlessException.LogNotFound.class);
  }
}
