package io.raftless.log;

import static io.raftless.log.RaftlessLogTest.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.runtime.LogRuntime;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
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
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A writer that lost races lets others have their turns: docs/protocol.md, section 4. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TurnsOfWritersTest {
  private static final long WRITE_MILLIS = 40;

  /** Back-offs of losers are shorter, pauses of winners longer. */
  private static final long PAUSE_MILLIS = 50;

  private static final LogId ID = LogId.of("", "log");

  /** Nothing is inside the head, so that uploads can be counted. */
  private static final WriterOptions OPTIONS =
      WriterOptions.defaults().withLingerMillis(0).withInlineBytes(0);

  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final AtomicLong nowMillis = new AtomicLong(System.currentTimeMillis());
  private final HeldPauses scheduler = new HeldPauses();
  private final LogRuntime runtime =
      new LogRuntime(new TestClock(), new Random(1), scheduler, Executors.newFixedThreadPool(2));
  private final Contested store = new Contested();

  @AfterEach
  void stop() {
    runtime.stop();
  }

  private final class TestClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(nowMillis.get());
    }
  }

  /** Pauses end when the test says so. */
  private final class HeldPauses extends ScheduledThreadPoolExecutor {
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

    HeldPauses() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      if (unit.toMillis(delay) < PAUSE_MILLIS) {
        return super.schedule(task, 0, unit);
      }
      held.add(task);
      return super.schedule(() -> {}, 0, unit);
    }

    void end() {
      nowMillis.addAndGet(60_000);
      for (Runnable task = held.poll(); task != null; task = held.poll()) {
        execute(task);
      }
    }
  }

  /** Writes of the head take a while; before some of them somebody else is faster. */
  private final class Contested extends ForwardingObjectStore {
    private final AtomicInteger races = new AtomicInteger();
    private final AtomicInteger headWrites = new AtomicInteger();
    private final AtomicInteger uploads = new AtomicInteger();

    Contested() {
      super(memory);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
      headWrites.incrementAndGet();
      nowMillis.addAndGet(WRITE_MILLIS);
      if (races.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        try (RaftlessLog other = RaftlessLog.open(memory, ID);
            LogWriter winner = other.newWriter(OPTIONS)) {
          winner.append(0, record("winner")).join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return super.putIfMatch(key, expected, body);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      if (key.contains("/wal/")) {
        uploads.incrementAndGet();
      }
      return super.putIfAbsent(key, body);
    }
  }

  @Test
  void whoLostRacesPausesAfterItsWinAndThenCommitsAllThatIsReadyAtOnce() throws Exception {
    RaftlessLog.create(memory, ID, 1).close();
    try (RaftlessLog log = RaftlessLog.open(store, ID, LogOptions.defaults(), runtime);
        LogWriter writer = log.newWriter(OPTIONS)) {
      store.races.set(2);
      assertThat(writer.append(0, record("contested")).join()).isEqualTo(2);
      int writes = store.headWrites.get();
      int uploads = store.uploads.get();
      List<CompletableFuture<Long>> offsets = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        offsets.add(writer.append(0, record("later")));
      }
      Await.until("all are uploaded", () -> store.uploads.get() == uploads + 5);
      Await.until("the writer pauses", () -> !scheduler.held.isEmpty());
      assertThat(store.headWrites).hasValue(writes);

      scheduler.end();
      assertThat(offsets.get(0).join()).isEqualTo(3);
      assertThat(offsets.get(4).join()).isEqualTo(7);
      assertThat(store.headWrites).hasValueLessThanOrEqualTo(writes + 2);
    }
  }

  @Test
  void aWriterThatIsClosedWhileItPausesSaysThatWhatWasNotTakenHasFailed() throws Exception {
    RaftlessLog.create(memory, ID, 1).close();
    try (RaftlessLog log = RaftlessLog.open(store, ID, LogOptions.defaults(), runtime)) {
      LogWriter writer = log.newWriter(OPTIONS);
      store.races.set(2);
      writer.append(0, record("contested")).join();
      CompletableFuture<Long> paused = writer.append(0, record("later"));
      Await.until("the writer pauses", () -> !scheduler.held.isEmpty());
      writer.closeNow();
      assertThat(paused)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(RaftlessException.Failed.class);
      scheduler.end();
      assertThat(log.status(0).join().nextOffset()).isEqualTo(3);
    }
  }

  @Test
  void aWriterWhoseClockIsSetBackWhileItPausesPausesOnce() throws Exception {
    RaftlessLog.create(memory, ID, 1).close();
    try (RaftlessLog log = RaftlessLog.open(store, ID, LogOptions.defaults(), runtime);
        LogWriter writer = log.newWriter(OPTIONS)) {
      store.races.set(2);
      writer.append(0, record("contested")).join();
      CompletableFuture<Long> paused = writer.append(0, record("later"));
      Await.until("the writer pauses", () -> !scheduler.held.isEmpty());
      nowMillis.addAndGet(-Duration.ofHours(2).toMillis());
      scheduler.end();
      assertThat(paused).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(3L);
    }
  }
}
