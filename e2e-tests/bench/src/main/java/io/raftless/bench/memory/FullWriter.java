package io.raftless.bench.memory;

import io.raftless.bench.Metric;
import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.format.Compression;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessException;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterOptions;
import io.raftless.log.WriterOptions.OnFull;
import java.time.Duration;

/** A writer of a thousand partitions that has taken all that its budget lets it take. */
final class FullWriter {
  static final int PARTITIONS = 1_000;
  static final int BUDGET = 64 << 20;
  static final int RECORD_BYTES = 1 << 10;

  /** The heap above what it was before the writer, by the writer's budget. */
  static final Metric OF_BUDGET = new Metric("heap by budget", "");

  private static final Metric IDLE = new Metric("heap before, nothing buffered", "MiB");
  private static final Metric FULL = new Metric("heap when full", "MiB");
  private static final Metric TAKEN = new Metric("records taken", "MiB");
  private static final Metric HELD = new Metric("objects being uploaded", "MiB");

  private static final LogId ID = LogId.of("bench", "memory");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int FEW_PARTITIONS = 4;

  /** What the writer has done before its uploads are held. */
  enum Past {
    /** Nothing. */
    NONE,
    /** Large batches of few partitions, whose memory it keeps to use it again. */
    LARGE_BATCHES,
    /** Some batches of every partition, whose heads its log knows since. */
    ALL_PARTITIONS
  }

  private final Payloads payloads;
  private final WriterOptions options;
  private final Past past;

  FullWriter(Payloads payloads, Compression compression, Past past) {
    this.payloads = payloads;
    this.options =
        WriterOptions.defaults()
            .withMaxBytesInMemory(BUDGET)
            .withCompression(compression)
            .withOnFull(OnFull.FAIL);
    this.past = past;
  }

  /** Fills a new writer of a new log, looks, and lets it finish. */
  Sample measure() throws Exception {
    HeldStore store = new HeldStore();
    try (RaftlessLog log = RaftlessLog.create(store, ID, PARTITIONS)) {
      long before = Heap.used() - store.keptBytes();
      try (LogWriter writer = log.newWriter(options)) {
        live(store, writer);
        double idle = Heap.used() - store.keptBytes() - before;
        store.hold();
        try {
          long records = fill(writer, PARTITIONS);
          store.awaitHeld(options.uploadsInFlight(), PATIENCE);
          double full = Heap.used() - store.keptBytes() - before;
          Sample sample =
              Sample.of(OF_BUDGET, full / BUDGET)
                  .and(FULL, full / Heap.MIB)
                  .and(IDLE, idle / Heap.MIB)
                  .and(TAKEN, records * RECORD_BYTES / Heap.MIB)
                  .and(HELD, store.heldBytes() / Heap.MIB);
          store.release();
          writer.flush().get();
          return sample;
        } finally {
          // Else closing would wait for them.
          store.release();
        }
      }
    }
  }

  private void live(HeldStore store, LogWriter writer) throws Exception {
    if (past != Past.NONE) {
      store.hold();
      try {
        fill(writer, past == Past.LARGE_BATCHES ? FEW_PARTITIONS : PARTITIONS);
      } finally {
        store.release();
      }
      writer.flush().get();
    }
  }

  /** Until there is no room: how many records it took. */
  private long fill(LogWriter writer, int partitions) throws InterruptedException {
    long number = 0;
    while (takes(writer, (int) (number % partitions))) {
      number++;
    }
    return number;
  }

  private boolean takes(LogWriter writer, int partition) throws InterruptedException {
    try {
      var unused = writer.append(partition, record());
      return true;
    } catch (RaftlessException.BufferFull full) {
      return false;
    }
  }

  private LogRecord record() {
    return LogRecord.of(null, payloads.next(), 0);
  }
}
