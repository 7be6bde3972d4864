package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static io.raftless.log.RaftlessLogTest.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.id.LabelSource;
import io.raftless.index.BatchRef;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.FaultyObjectStore;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {
  private static final LogId ID = LogId.of("", "log");

  private final FaultyObjectStore faulty = new FaultyObjectStore(new MemoryObjectStore());
  private final GatedStore gated = new GatedStore(faulty);
  private final CountingObjectStore store = new CountingObjectStore(gated);
  private final RaftlessLog log = RaftlessLog.create(store, ID, 2);

  @AfterEach
  void close() {
    log.close();
    store.close();
  }

  private static WriterOptions small(WriterOptions.OnFull onFull) {
    return new WriterOptions(1_024, 60_000, 8_192, 4, Compression.NONE, onFull).withInlineBytes(0);
  }

  private static String big(String name) {
    return name + "-".repeat(1_200);
  }

  @Test
  void ofTwoRequestsOfAWriterTheSecondWaitsThoughItsUploadIsFinishedFirst() throws Exception {
    try (LogWriter writer = log.newWriter(small(WriterOptions.OnFull.BLOCK))) {
      gated.hold();
      CompletableFuture<Long> first = writer.append(0, record(big("first")));
      gated.await(1);
      CompletableFuture<Long> second = writer.append(0, record(big("second")));
      CompletableFuture<Long> elsewhere = writer.append(1, record(big("elsewhere")));
      gated.await(3);
      gated.let(1);
      gated.let(2);
      // Another partition's request is not held back.
      assertThat(elsewhere.join()).isZero();
      assertThat(second).isNotDone();
      assertThat(log.status(0).join().nextOffset()).isZero();
      gated.let(0);
      assertThat(first.join()).isZero();
      assertThat(second.join()).isEqualTo(1);
    }
  }

  @Test
  void aWriterThatDiesBeforeItsFirstUploadIsFinishedLeavesNoGap() throws Exception {
    try (RaftlessLog dying = RaftlessLog.open(store, ID)) {
      LogWriter writer = dying.newWriter(small(WriterOptions.OnFull.BLOCK));
      gated.hold();
      var first = writer.append(0, record(big("first")));
      gated.await(1);
      var second = writer.append(0, record(big("second")));
      gated.await(2);
      gated.let(1);
      assertThat(first).isNotDone();
      assertThat(second).isNotDone();
    }
    // The process is gone. Its uploads may still arrive; nobody commits them.
    gated.open();
    assertThat(log.status(0).join().nextOffset()).isZero();
  }

  @Test
  void severalUploadsAreUnderWayAtATimeAndNotMoreThanAllowed() throws Exception {
    WriterOptions three =
        new WriterOptions(1_024, 60_000, 1 << 20, 3, Compression.NONE, WriterOptions.OnFull.BLOCK)
            .withInlineBytes(0);
    try (LogWriter writer = log.newWriter(three)) {
      gated.hold();
      List<CompletableFuture<Long>> offsets = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        offsets.add(writer.append(0, record(big("r" + i))));
      }
      gated.await(3);
      assertThat(gated.held()).isEqualTo(3);
      gated.let(2);
      gated.await(4);
      assertThat(gated.held()).isEqualTo(4);
      gated.open();
      for (int i = 0; i < 10; i++) {
        assertThat(offsets.get(i).join()).isEqualTo(i);
      }
    }
  }

  @Test
  void whatIsReadyOfEveryWriterIsCommittedByOneWrite() throws Exception {
    try (LogWriter one = log.newWriter(small(WriterOptions.OnFull.BLOCK));
        LogWriter two = log.newWriter(small(WriterOptions.OnFull.BLOCK))) {
      gated.hold();
      List<CompletableFuture<Long>> offsets = new ArrayList<>();
      offsets.add(one.append(0, record(big("a0"))));
      gated.await(1);
      for (int i = 1; i < 3; i++) {
        offsets.add(one.append(0, record(big("a" + i))));
      }
      gated.await(3);
      // All of the second writer's uploads, and the later ones of the first, are in before the
      // first.
      gated.let(1);
      gated.let(2);
      long before = store.counts().puts();
      gated.let(0);
      offsets.forEach(CompletableFuture::join);
      assertThat(store.counts().puts() - before).isLessThanOrEqualTo(2);
      gated.open();
      two.append(0, record(big("b"))).join();
    }
    assertThat(texts(log, 0, 0)).hasSize(4);
  }

  @Test
  void aFullWriterFailsIfItIsToldTo() throws Exception {
    try (LogWriter writer = log.newWriter(small(WriterOptions.OnFull.FAIL))) {
      gated.hold();
      AtomicInteger accepted = new AtomicInteger();
      assertThatThrownBy(
              () -> {
                while (accepted.get() < 100) {
                  var unused = writer.append(0, record(big("r")));
                  accepted.incrementAndGet();
                }
              })
          .isInstanceOf(RaftlessException.BufferFull.class)
          .hasMessageContaining("maxBytesInMemory");
      assertThat(accepted.get()).isBetween(2, 4);
      gated.open();
      writer.flush().join();
      writer.append(0, record(big("r"))).join();
    }
  }

  @Test
  void aFullWriterWaitsIfItIsToldTo() throws Exception {
    try (LogWriter writer = log.newWriter(small(WriterOptions.OnFull.BLOCK))) {
      gated.hold();
      AtomicInteger accepted = new AtomicInteger();
      CompletableFuture<Void> producer =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < 20; i++) {
                    var unused = writer.append(0, record(big("r" + i)));
                    accepted.incrementAndGet();
                  }
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      gated.await(3);
      assertThat(producer).isNotDone();
      assertThat(accepted.get()).isLessThan(5);
      gated.open();
      producer.join();
      writer.flush().join();
    }
    assertThat(texts(log, 0, 0)).hasSize(20).isSortedAccordingTo(LogWriterTest::byNumber);
  }

  private static int byNumber(String one, String other) {
    return Integer.compare(number(one), number(other));
  }

  private static int number(String text) {
    return Integer.parseInt(text.substring(1, text.indexOf('-')));
  }

  @Test
  void aRecordThatIsTooLargeIsRefusedBeforeAnythingIsBuffered() throws Exception {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      assertThatThrownBy(() -> writer.append(0, LogRecord.of(null, new byte[257 << 20], 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("too large");
      assertThat(writer.append(0, record("fine")).join()).isZero();
    }
  }

  @Test
  void aPositionNeedsAWriterId() {
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0))) {
      assertThatThrownBy(
              () -> writer.append(0, List.of(record("x")), AppendConditions.withPosition("{}")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("acquire");
    }
  }

  @Test
  void aPositionThatIsTooLongIsRefusedAndHurtsNobodyElse() throws Exception {
    assertThatThrownBy(() -> AppendConditions.withPosition("x".repeat(1_025)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1024");
  }

  @Test
  void anErrorOnTheWayToTheStoreFailsTheAppendAndFreesItsPlace() throws Exception {
    var broken =
        new ForwardingObjectStore(store) {
          private boolean isBroken = true;

          @Override
          public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
            if (isBroken && key.contains("/wal/")) {
              throw new NoClassDefFoundError("zstd");
            }
            return super.putIfAbsent(key, body);
          }
        };
    try (RaftlessLog other = RaftlessLog.open(broken, ID);
        LogWriter writer = other.newWriter(small(WriterOptions.OnFull.BLOCK))) {
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> writer.append(0, record(big("x"))).join())
            .hasCauseInstanceOf(RaftlessException.Failed.class);
        writer.goOn(0);
      }
      broken.isBroken = false;
      var fine = writer.append(0, record("fine"));
      writer.flush().join();
      assertThat(fine.join()).isZero();
    }
    assertThat(texts(log, 0, 0)).containsExactly("fine");
  }

  @Test
  void whatWasToldToHaveFailedWhenTheLogClosedIsNeverCommitted() {
    AppendStream stream = new AppendStream(null);
    PendingAppend uploading = new PendingAppend(stream, AppendConditions.NONE);
    uploading.giveUp("the log was closed");
    uploading.ready(
        new BatchRef(new LabelSource(Clock.systemUTC(), new Random()).next(), 0, 1, 1, 0, 0));
    assertThat(uploading.take()).isNull();
    assertThat(stream.isPoisoned()).isTrue();
    assertThatThrownBy(() -> uploading.baseOffset().join())
        .hasCauseInstanceOf(RaftlessException.Failed.class);
  }

  @Test
  void aFlushAfterTheLogWasClosedFailsIfSomethingWasLost() throws Exception {
    RaftlessLog closing = RaftlessLog.open(store, ID);
    LogWriter writer =
        closing.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(60_000));
    var buffered = writer.append(0, record("x"));
    closing.close();
    assertThatThrownBy(buffered::join).hasCauseInstanceOf(RaftlessException.Failed.class);
    assertThatThrownBy(() -> writer.flush().join())
        .hasCauseInstanceOf(RaftlessException.Failed.class);
    writer.goOn(0);
    writer.close();
  }

  @Test
  void aFlushThatSucceedsMeansThatNothingFailed() throws Exception {
    try (LogWriter writer =
        log.newWriter(WriterOptions.defaults().withInlineBytes(0).withLingerMillis(60_000))) {
      for (int i = 0; i < 300; i++) {
        var wrong = writer.append(0, List.of(record("x")), AppendConditions.at(1_000_000));
        var unused = writer.append(1, record("y"));
        boolean succeeded = writer.flush().handle((done, trouble) -> trouble == null).join();
        assertThat(wrong.handle((offset, trouble) -> trouble != null).join()).isTrue();
        assertThat(succeeded).as("round %s", i).isFalse();
        writer.goOn(0);
      }
    }
  }

  @Test
  void callersHearOfFailuresWithoutAnyLockHeld() throws Exception {
    try (LogWriter writer = log.newWriter(small(WriterOptions.OnFull.BLOCK))) {
      var wrong = writer.append(0, List.of(record("x")), AppendConditions.at(9));
      CompletableFuture<Boolean> held = wrong.handle((offset, trouble) -> Thread.holdsLock(writer));
      assertThat(held.join()).isFalse();
    }
  }

  @Test
  void aPositionIsStoredWithItsRecords() throws Exception {
    var claims = log.acquire("w", "h").join();
    try (LogWriter writer = log.newWriter(WriterOptions.defaults().withInlineBytes(0), claims)) {
      writer.append(0, List.of(record("x")), AppendConditions.withPosition("{\"o\":1}")).join();
    }
    assertThat(log.acquire("w", "h2").join().values())
        .extracting(WriterClaim::position)
        .containsExactly("{\"o\":1}", null);
  }
}
