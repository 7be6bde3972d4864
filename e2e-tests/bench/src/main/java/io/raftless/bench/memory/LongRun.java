package io.raftless.bench.memory;

import io.raftless.bench.Metric;
import io.raftless.bench.Payloads;
import io.raftless.bench.Sample;
import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.LogWriter;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One log that is appended to and read at its end for as long as all rounds take together. Some
 * appends are large, some are committed inside the head.
 *
 * <p>One thread uses it.
 */
final class LongRun implements AutoCloseable {
  static final Metric GROWTH = new Metric("growth of the heap", "MiB");

  private static final Metric HEAP = new Metric("heap of log, writer and reader", "MiB");
  private static final LogId ID = LogId.of("bench", "long");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PARTITIONS = 4;
  private static final int LARGE = 256;

  /** Every so many appends are large; the others are of one record for each partition. */
  private static final int EVERY = 4;

  /** Growth is counted from there. */
  private static final double WARM = 0.1;

  private final long totalNanos;
  private final Payloads payloads;
  private final RecentStore store = new RecentStore();
  private final long before;
  private final RaftlessLog log;
  private final LogWriter writer;
  private final LogReader reader;
  private long ranNanos;
  private long turns;
  private long records;
  private OptionalDouble warm = OptionalDouble.empty();

  /**
   * Opens a log.
   *
   * @param total how long it is going to run
   */
  LongRun(Duration total, Payloads payloads) throws Exception {
    this.totalNanos = total.toNanos();
    this.payloads = payloads;
    this.before = Heap.used();
    this.log = RaftlessLog.create(store, ID, PARTITIONS);
    this.writer = log.newWriter(WriterOptions.defaults());
    this.reader = log.newReader(ReaderOptions.defaults());
    for (int partition = 0; partition < PARTITIONS; partition++) {
      reader.assign(partition, 0);
    }
  }

  /** Goes on for a part of the time, and says how the heap has grown since a tenth of all of it. */
  Sample measure(double part) throws Exception {
    long recordsBefore = records;
    long begin = ranNanos;
    long end = begin + (long) (totalNanos * part);
    if (warm.isEmpty()) {
      run((long) (totalNanos * WARM));
      warm = OptionalDouble.of(heap());
    }
    run(end);
    double heap = heap();
    return Sample.of(GROWTH, (heap - warm.orElse(heap)) / Heap.MIB)
        .and(HEAP, heap / Heap.MIB)
        .and(Metric.RECORDS, (records - recordsBefore) / ((ranNanos - begin) / 1e9));
  }

  private double heap() throws Exception {
    return Heap.used() - before - store.keptBytes();
  }

  private void run(long untilNanos) throws Exception {
    while (ranNanos < untilNanos) {
      long begin = System.nanoTime();
      turn(turns++ % EVERY == 0 ? LARGE : PARTITIONS);
      ranNanos += System.nanoTime() - begin;
    }
  }

  /** Appends some records, waits for them, and reads them. */
  private void turn(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      var unused = writer.append(i % PARTITIONS, record());
    }
    writer.flush().get();
    records += count;
    int seen = 0;
    while (seen < count) {
      Optional<ReadBatch> batch = reader.poll(PATIENCE);
      if (batch.isEmpty()) {
        throw new IllegalStateException("nothing came after " + seen + " of " + count);
      }
      seen += batch.get().records().size();
    }
    if (seen > count) {
      throw new IllegalStateException(seen + " records came, not " + count);
    }
  }

  private LogRecord record() {
    return LogRecord.of(null, payloads.next(), 0);
  }

  @Override
  public void close() {
    reader.close();
    writer.close();
    log.close();
    store.close();
  }
}
