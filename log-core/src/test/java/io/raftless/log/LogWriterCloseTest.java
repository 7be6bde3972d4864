package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of every append when a writer ends, and what is in the log then and later. */
@Timeout(60)
class LogWriterCloseTest {
  private static final LogId ID = LogId.of("", "log");

  private final HeldHeads heads = new HeldHeads(new MemoryObjectStore());
  private final GatedStore store = new GatedStore(heads);
  private final RaftlessLog log = RaftlessLog.create(store, ID, 2);

  /** A store whose replacements of heads wait until the test lets them go. */
  private static final class HeldHeads extends ForwardingObjectStore {
    private final List<CompletableFuture<Void>> gates = new CopyOnWriteArrayList<>();
    private volatile boolean isHeld;

    HeldHeads(ObjectStore store) {
      super(store);
    }

    void release() {
      isHeld = false;
      gates.forEach(gate -> gate.complete(null));
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      if (!isHeld) {
        return super.putIfMatch(key, expected, body);
      }
      CompletableFuture<Void> gate = new CompletableFuture<>();
      gates.add(gate);
      return gate.thenCompose(open -> super.putIfMatch(key, expected, body));
    }
  }

  @AfterEach
  void close() {
    heads.release();
    store.open();
    log.close();
    store.close();
  }

  private LogWriter writer() {
    return log.newWriter(
        new WriterOptions(1_024, 60_000, 1 << 20, 2, Compression.NONE, WriterOptions.OnFull.BLOCK)
            .withInlineBytes(0));
  }

  private static String big(String name) {
    return name + "-".repeat(1_200);
  }

  private static void assertAbsent(CompletableFuture<?> append) {
    assertThat(append).isCompletedExceptionally();
    assertThatThrownBy(append::join)
        .cause()
        .isInstanceOfAny(
            RaftlessException.Failed.class, RaftlessException.EarlierRequestFailed.class);
  }

  @Test
  void closingDrains() throws Exception {
    LogWriter writer = writer();
    var buffered = writer.append(0, record("x"));
    writer.close();
    assertThat(buffered).isCompletedWithValue(0L);
    assertThatThrownBy(() -> writer.append(0, record("y")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingWithALimitDrainsIfThereIsTime() throws Exception {
    LogWriter writer = writer();
    var buffered = writer.append(0, record("x"));
    assertThat(writer.close(Duration.ofSeconds(30))).isTrue();
    assertThat(buffered).isCompletedWithValue(0L);
    assertThat(writer.close(Duration.ZERO)).isTrue();
  }

  @Test
  void whatIsBufferedWaitsForItsUploadOrIsBeingUploadedFailsForCertain() throws Exception {
    LogWriter writer = writer();
    store.hold();
    List<CompletableFuture<Long>> appends = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      appends.add(writer.append(i % 2, record(big("x"))));
    }
    store.await(2);
    appends.add(writer.append(0, record("buffered")));
    writer.closeNow();
    assertThat(appends).allSatisfy(LogWriterCloseTest::assertAbsent);
    store.open();
    assertNothingIsCommittedLater();
    long objects =
        heads.list("", null).join().objects().stream()
            .filter(object -> object.key().contains("/wal/"))
            .count();
    assertThat(objects).as("two that were under way, and the other writer's").isEqualTo(3);
  }

  @Test
  void aFutureTakesMemoryUntilItsOutcomeIsKnown() throws Exception {
    LogWriter writer =
        log.newWriter(
            new WriterOptions(1_024, 0, 64 << 10, 4, Compression.NONE, WriterOptions.OnFull.FAIL)
                .withInlineBytes(0));
    heads.isHeld = true;
    List<CompletableFuture<Long>> appends = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              while (appends.size() < 1_000) {
                appends.add(writer.append(0, record("x")));
              }
            })
        .isInstanceOf(RaftlessException.BufferFull.class);
    // 128 bytes a future and 1 KiB a batch; the uploads are finished soon, the commits are not.
    assertThat(appends.size()).isBetween(10, 64);
    heads.release();
    writer.flush().join();
    assertThat(writer.append(0, record("again")).join()).isEqualTo(appends.size());
    writer.close();
  }

  /** A writer of the same handle would bring along whatever was left in the queues. */
  private void assertNothingIsCommittedLater() throws InterruptedException {
    try (LogWriter other = writer()) {
      var zero = other.append(0, record("other"));
      var one = other.append(1, record("other"));
      other.flush().join();
      assertThat(zero.join()).isZero();
      assertThat(one.join()).isZero();
    }
    assertThat(texts(log, 0, 0)).containsExactly("other");
  }

  @Test
  void whatIsUploadedAndNotAttemptedFailsForCertainAndWhatIsAttemptedIsUnknown() throws Exception {
    LogWriter writer = writer();
    heads.isHeld = true;
    var attempted = writer.append(0, record(big("attempted")));
    Await.until("its write is under way", () -> !heads.gates.isEmpty());
    store.hold();
    var ready = writer.append(0, record(big("ready")));
    store.await(1);
    store.let(0);
    writer.closeNow();
    assertThat(attempted).isCompletedExceptionally();
    assertThatThrownBy(attempted::join)
        .hasCauseInstanceOf(RaftlessException.UnknownOutcome.class)
        .hasMessageContaining("the writer was closed");
    assertAbsent(ready);
    store.open();
    heads.release();
    // And that is why "failed" would have been wrong.
    Await.until("the write landed", () -> log.status(0).join().nextOffset() == 1);
    try (LogWriter other = writer()) {
      var after = other.append(0, record("other"));
      other.flush().join();
      assertThat(after.join()).isEqualTo(1);
    }
  }

  @Test
  void closingWithALimitStopsWhenItIsReached() throws Exception {
    LogWriter writer = writer();
    store.hold();
    var uploading = writer.append(0, record(big("x")));
    store.await(1);
    assertThat(writer.close(Duration.ofMillis(1))).isFalse();
    assertAbsent(uploading);
    store.open();
    assertNothingIsCommittedLater();
  }

  @Test
  void whoIsInterruptedWhileClosingLeavesAClosedWriter() throws Exception {
    LogWriter writer = writer();
    store.hold();
    var uploading = writer.append(0, record(big("x")));
    store.await(1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> writer.close(Duration.ofMinutes(1)))
        .isInstanceOf(InterruptedException.class);
    assertAbsent(uploading);
  }

  @Test
  void whoWaitsForMemoryHearsThatTheWriterWasClosed() throws Exception {
    LogWriter writer =
        log.newWriter(
            new WriterOptions(1_024, 60_000, 2_048, 1, Compression.NONE, WriterOptions.OnFull.BLOCK)
                .withInlineBytes(0));
    store.hold();
    var first = writer.append(0, record(big("x")));
    CompletableFuture<Throwable> waiting = new CompletableFuture<>();
    Thread producer =
        new Thread(
            () -> {
              try {
                var unused = writer.append(0, record(big("y")));
              } catch (IllegalStateException | InterruptedException e) {
                waiting.complete(e);
              }
            });
    producer.start();
    Await.until("it waits", () -> producer.getState() == Thread.State.WAITING);
    writer.closeNow();
    assertThat(waiting.join()).isInstanceOf(IllegalStateException.class);
    assertAbsent(first);
    producer.join();
  }

  @Test
  void whoIsInterruptedWhileWaitingForMemoryLeavesNothingBehind() throws Exception {
    LogWriter writer =
        log.newWriter(
            new WriterOptions(1_024, 60_000, 2_048, 1, Compression.NONE, WriterOptions.OnFull.BLOCK)
                .withInlineBytes(0));
    store.hold();
    var first = writer.append(0, record(big("x")));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> writer.append(0, record(big("y"))))
        .isInstanceOf(InterruptedException.class);
    store.open();
    assertThat(first.join()).isZero();
    writer.append(0, record("z")).exceptionally(trouble -> -1L);
    writer.close();
    assertThat(texts(log, 0, 0)).hasSize(2).last().isEqualTo("z");
  }

  @Test
  void uploadsThatWaitForAPlaceFailWhenTheLogIsClosed() throws Exception {
    RaftlessLog other = RaftlessLog.open(store, ID);
    Stager stager = other.newStager(new StagerOptions(1_024, 1 << 20, 1, Compression.NONE));
    store.hold();
    for (int i = 0; i < 3; i++) {
      stager.add(0, record(big("x")));
    }
    store.await(1);
    var staged = stager.stage();
    stager.close();
    other.close();
    store.open();
    assertThatThrownBy(staged::join).hasCauseInstanceOf(RaftlessException.Failed.class);
  }

  @Test
  void aLimitMayBeForever() throws Exception {
    LogWriter writer = writer();
    var buffered = writer.append(0, record("x"));
    assertThat(writer.close(ChronoUnit.FOREVER.getDuration())).isTrue();
    assertThat(buffered).isCompletedWithValue(0L);
  }
}
