package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.runtime.LogRuntime;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is uploaded waits for other uploads that are under way: docs/protocol.md, section 7. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompanyOfUploadsTest {
  private static final long PATIENCE_MILLIS = 200;
  private static final LogId ID = LogId.of("", "log");

  /** Every large record is an upload of its own. */
  private static final WriterOptions OPTIONS =
      new WriterOptions(1_024, 60_000, 1 << 20, 4, Compression.NONE, WriterOptions.OnFull.BLOCK);

  private final HeadWrites heads = new HeadWrites();
  private final GatedStore gated = new GatedStore(heads);
  private final HeldPatience scheduler = new HeldPatience();
  private final LogRuntime runtime =
      new LogRuntime(Clock.systemUTC(), new Random(1), scheduler, Executors.newFixedThreadPool(2));
  private final RaftlessLog log = RaftlessLog.create(gated, ID, 1, LogOptions.defaults(), runtime);

  @BeforeEach
  void hold() {
    gated.hold();
  }

  @AfterEach
  void close() {
    gated.open();
    log.close();
    runtime.stop();
  }

  /** Counts replacements of heads. */
  private static final class HeadWrites extends ForwardingObjectStore {
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean refusesUploads;

    HeadWrites() {
      super(new MemoryObjectStore());
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      count.incrementAndGet();
      return super.putIfMatch(key, expected, body);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return refusesUploads && key.contains("/wal/")
          ? CompletableFuture.failedFuture(StoreException.refused("refused by the test"))
          : super.putIfAbsent(key, body);
    }
  }

  /** Patience ends when the test says so. */
  private static final class HeldPatience extends ScheduledThreadPoolExecutor {
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

    HeldPatience() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      if (unit.toMillis(delay) != PATIENCE_MILLIS) {
        return super.schedule(task, delay, unit);
      }
      held.add(task);
      return super.schedule(() -> {}, 0, unit);
    }

    void awaitHeld() {
      Await.until("something uploaded waits for company", () -> !held.isEmpty());
    }

    void end() {
      for (Runnable task = held.poll(); task != null; task = held.poll()) {
        execute(task);
      }
    }
  }

  /** Appends what is uploaded by itself, and waits until the upload is held. */
  private CompletableFuture<Long> uploading(LogWriter writer, String name) throws Exception {
    int before = gated.held();
    CompletableFuture<Long> offset = writer.append(0, record(name + "-".repeat(5_000)));
    gated.await(before + 1);
    return offset;
  }

  /** Of two uploads: one that is finished and waits, and the one that it waits for. */
  private record Waiting(CompletableFuture<Long> first, CompletableFuture<Long> coming) {}

  private Waiting waiting(LogWriter writer) throws Exception {
    Waiting waiting = new Waiting(uploading(writer, "first"), uploading(writer, "second"));
    gated.let(0);
    scheduler.awaitHeld();
    return waiting;
  }

  @Test
  void uploadsThatAreFinishedOneAfterTheOtherAreCommittedByOneWrite() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS)) {
      CompletableFuture<Long> first = uploading(writer, "first");
      CompletableFuture<Long> second = uploading(writer, "second");
      CompletableFuture<Long> third = uploading(writer, "third");
      gated.let(0);
      scheduler.awaitHeld();
      gated.let(1);
      gated.let(2);
      assertThat(first.join()).isZero();
      assertThat(second.join()).isEqualTo(1);
      assertThat(third.join()).isEqualTo(2);
      assertThat(heads.count).hasValue(1);
    }
  }

  @Test
  void itWaitsForSoLongAndNoLonger() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS)) {
      Waiting waiting = waiting(writer);
      assertThat(heads.count).hasValue(0);
      scheduler.end();
      assertThat(waiting.first().join()).isZero();
      assertThat(waiting.coming()).isNotDone();
      gated.open();
      assertThat(waiting.coming().join()).isEqualTo(1);
    }
  }

  @Test
  void patienceThatEndsAfterItsGroupWentIsNotThatOfTheNext() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS)) {
      Waiting waiting = waiting(writer);
      gated.let(1);
      CompletableFuture.allOf(waiting.first(), waiting.coming()).join();
      Runnable late = scheduler.held.remove();

      CompletableFuture<Long> third = uploading(writer, "third");
      CompletableFuture<Long> fourth = uploading(writer, "fourth");
      gated.let(2);
      scheduler.awaitHeld();
      late.run();
      gated.let(3);
      CompletableFuture.allOf(third, fourth).join();
      assertThat(heads.count).hasValue(2);
    }
  }

  @Test
  void theLeastPatientSaysHowLongTheyWait() throws Exception {
    try (LogWriter patient = log.newWriter(OPTIONS);
        LogWriter hasty = log.newWriter(OPTIONS.withLingerMillis(1))) {
      CompletableFuture<Long> first = uploading(patient, "first");
      CompletableFuture<Long> second = uploading(patient, "second");
      CompletableFuture<Long> other = uploading(hasty, "other");
      gated.let(0);
      scheduler.awaitHeld();
      gated.let(2);
      assertThat(first.join()).isZero();
      assertThat(other.join()).isEqualTo(1);
      assertThat(second).isNotDone();
      gated.open();
    }
  }

  @Test
  void whatIsInsideTheHeadWaitsForNobody() throws Exception {
    try (LogWriter large = log.newWriter(OPTIONS);
        LogWriter small = log.newWriter(OPTIONS.withLingerMillis(0))) {
      CompletableFuture<Long> uploaded = uploading(large, "first");
      assertThat(small.append(0, record("small")).join()).isZero();
      assertThat(uploaded).isNotDone();
      gated.open();
    }
  }

  @Test
  void whoeverDoesNotLingerDoesNotWaitEither() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS.withLingerMillis(0))) {
      CompletableFuture<Long> first = uploading(writer, "first");
      CompletableFuture<Long> second = uploading(writer, "second");
      gated.let(0);
      assertThat(first.join()).isZero();
      assertThat(second).isNotDone();
      gated.open();
    }
  }

  @Test
  void anUploadThatFailsEndsTheWaitForIt() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS)) {
      Waiting waiting = waiting(writer);
      heads.refusesUploads = true;
      gated.let(1);
      assertThat(waiting.first().join()).isZero();
      assertFailed(waiting.coming());
      assertThat(heads.count).hasValue(1);
    }
  }

  @Test
  void whoIsClosedWhileItWaitsHasNotAppended() throws Exception {
    try (LogWriter writer = log.newWriter(OPTIONS)) {
      Waiting waiting = waiting(writer);
      writer.closeNow();
      assertFailed(waiting.first());
      assertFailed(waiting.coming());
      scheduler.end();
      assertThat(log.status(0).join().nextOffset()).isZero();
      assertThat(heads.count).hasValue(0);
    }
  }

  private static void assertFailed(CompletableFuture<Long> append) {
    assertThat(append)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(RaftlessException.Failed.class);
  }
}
