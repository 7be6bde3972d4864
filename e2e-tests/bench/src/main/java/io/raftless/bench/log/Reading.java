package io.raftless.bench.log;

import io.raftless.bench.Usage;
import io.raftless.format.LogRecord;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a log from its beginning, as fast as it comes, and looks at every record. */
final class Reading {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Reading() {}

  /**
   * Reads so many records of all partitions.
   *
   * @param bytes what their values have together
   * @return what that took
   * @throws IllegalStateException if nothing came for long, or other bytes
   */
  static Usage.Used read(RaftlessLog log, long records, long bytes, ReaderOptions options)
      throws InterruptedException {
    Usage usage = Usage.begin();
    try (LogReader reader = log.newReader(options)) {
      for (int partition = 0; partition < log.partitions(); partition++) {
        reader.assign(partition, 0);
      }
      long seen = 0;
      long seenBytes = 0;
      while (seen < records) {
        Optional<ReadBatch> batch = reader.poll(PATIENCE);
        if (batch.isEmpty()) {
          throw new IllegalStateException("nothing came after " + seen + " of " + records);
        }
        for (LogRecord record : batch.get().records()) {
          byte @Nullable [] value = record.value();
          seenBytes += value == null ? 0 : value.length;
        }
        seen += batch.get().records().size();
      }
      if (seenBytes != bytes) {
        throw new IllegalStateException(seenBytes + " bytes came, not " + bytes);
      }
      return usage.end();
    }
  }
}
