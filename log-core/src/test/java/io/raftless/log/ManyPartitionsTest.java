package io.raftless.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of partitions in a heap that has little room beside the budget of the writer. Nothing
 * is due by size or time, so that the budget alone decides when to upload.
 */
class ManyPartitionsTest {
  private static final int PARTITIONS = 5_000;
  private static final int RECORDS = 150_000;
  private static final long BUDGET = 16L << 20;

  @Test
  @Timeout(180)
  void aWriterOfThousandsOfPartitionsStaysWithinItsBudget(@TempDir Path folder) throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                Appends.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      boolean isDone = process.waitFor(150, TimeUnit.SECONDS);
      assertThat(isDone).as("it ended in time: %s", Files.readString(output)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      assertThat(Files.readString(output)).contains(RECORDS + " records");
    } finally {
      process.destroyForcibly();
    }
  }

  /** Run in a small heap. */
  static final class Appends {
    private Appends() {}

    public static void main(String[] arguments) throws InterruptedException {
      WriterOptions options =
          new WriterOptions(8 << 20, 60_000, BUDGET, 2, Compression.LZ4, WriterOptions.OnFull.BLOCK)
              .withInlineBytes(0);
      try (RaftlessLog log =
              RaftlessLog.create(new WithoutData(), LogId.of("", "log"), PARTITIONS);
          LogWriter writer = log.newWriter(options)) {
        for (int i = 0; i < RECORDS; i++) {
          byte[] value = new byte[100];
          ThreadLocalRandom.current().nextBytes(value);
          var unused = writer.append(i % PARTITIONS, LogRecord.of(null, value, 0));
        }
        writer.flush().join();
        long records = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
          records += log.status(partition).join().nextOffset();
        }
        System.out.println(records + " records");
      }
    }
  }

  /** Keeps metadata and forgets what is written: its memory is not what is measured. */
  private static final class WithoutData extends ForwardingObjectStore {
    WithoutData() {
      super(new MemoryObjectStore());
    }

    @Override
    public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
      return super.putIfAbsent(key, key.contains("/wal/") ? ByteBuffer.allocate(1) : body);
    }
  }
}
