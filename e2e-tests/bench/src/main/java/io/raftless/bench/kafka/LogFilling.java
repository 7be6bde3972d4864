package io.raftless.bench.kafka;

import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.bench.Usage;
import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;

/** What the producer's performance tool does, to a log: records as fast as they are taken. */
public final class LogFilling {
  /** Of logs and topics. */
  public static final int PARTITIONS = 4;

  /** Objects of 8 MiB, 64 MiB of memory, 4 uploads in flight; like Kafka's, not compressed. */
  public static final WriterOptions NOT_COMPRESSED =
      WriterOptions.defaults().withCompression(Compression.NONE);

  private LogFilling() {}

  /**
   * Appends records without keys, round robin. A record is made as the tool makes it: one of a few
   * random values, and the time.
   *
   * @param bytes of a value
   * @return from the first record until all are in the log
   */
  public static Sample fill(RaftlessLog log, long records, int bytes, Payloads payloads)
      throws InterruptedException {
    return fill(log, records, bytes, payloads, NOT_COMPRESSED);
  }

  /** The same by a writer with other options. */
  public static Sample fill(
      RaftlessLog log, long records, int bytes, Payloads payloads, WriterOptions options)
      throws InterruptedException {
    try (LogWriter writer = log.newWriter(options)) {
      Usage begun = Usage.begin();
      for (long n = 0; n < records; n++) {
        LogRecord record = LogRecord.of(null, payloads.next(), System.currentTimeMillis());
        // If it fails, so does the flush.
        var unused = writer.append((int) (n % log.partitions()), record);
      }
      writer.flush().join();
      return begun.end().sample(records, records * bytes);
    }
  }
}
