package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A writer uses its memory again, but not before what was in it is durable. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReusedMemoryTest {
  private static final LogId ID = LogId.of("", "log");
  private static final int RECORDS = 500;

  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final Slow store = new Slow();

  /** Looks at the bytes of an upload only when the test says so, as a slow connection does. */
  private final class Slow extends ForwardingObjectStore {
    private final BlockingQueue<Runnable> uploads = new LinkedBlockingQueue<>();

    Slow() {
      super(memory);
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
      CompletableFuture<PutOutcome> outcome = new CompletableFuture<>();
      uploads.add(() -> put(key, parts, outcome));
      return outcome;
    }

    private void put(String key, List<ByteBuffer> parts, CompletableFuture<PutOutcome> outcome) {
      // The store in memory is done when it returns.
      outcome.complete(memory.putIfAbsent(key, parts).join());
    }

    void finishOne() throws InterruptedException {
      Runnable upload = uploads.poll(30, TimeUnit.SECONDS);
      assertThat(upload).as("an upload that has begun").isNotNull();
      upload.run();
    }
  }

  private static byte[] value(int flush, int record) {
    return ("flush " + flush + " record " + record + " ")
        .repeat(60)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void recordsAreAsTheyWereHandedOverHoweverLongTheirUploadTakes() throws Exception {
    RaftlessLog.create(memory, ID, 1).close();
    int flushes = 6;
    try (RaftlessLog log = RaftlessLog.open(store, ID);
        LogWriter writer =
            log.newWriter(
                WriterOptions.defaults()
                    .withCompression(Compression.NONE)
                    .withLingerMillis(60_000))) {
      List<CompletableFuture<Void>> flushed = new ArrayList<>();
      for (int flush = 0; flush < flushes; flush++) {
        for (int record = 0; record < RECORDS; record++) {
          var unused = writer.append(0, LogRecord.of(null, value(flush, record), record));
        }
        flushed.add(writer.flush());
        if (flush > 0) {
          // One is on its way while the next one is filled, in what the one before has left.
          store.finishOne();
        }
      }
      store.finishOne();
      assertThat(CompletableFuture.allOf(flushed.toArray(CompletableFuture<?>[]::new)))
          .succeedsWithin(Duration.ofSeconds(30));
    }

    try (RaftlessLog log = RaftlessLog.open(memory, ID);
        LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(0, 0);
      int read = 0;
      while (read < flushes * RECORDS) {
        ReadBatch batch = reader.poll(Duration.ofSeconds(10)).orElseThrow();
        for (LogRecord record : batch.records()) {
          assertThat(record.value()).isEqualTo(value(read / RECORDS, read % RECORDS));
          read++;
        }
      }
    }
  }
}
