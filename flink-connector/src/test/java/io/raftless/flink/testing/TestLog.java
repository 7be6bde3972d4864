package io.raftless.flink.testing;

import io.raftless.format.LogRecord;
import io.raftless.log.LogId;
import io.raftless.log.LogReader;
import io.raftless.log.RaftlessLog;
import io.raftless.log.ReadBatch;
import io.raftless.log.ReaderOptions;
import io.raftless.log.StagedBatch;
import io.raftless.log.Stager;
import io.raftless.log.StagerOptions;
import io.raftless.store.ObjectStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A log as the tests see it, past Flink. */
public final class TestLog implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final RaftlessLog log;

  private TestLog(RaftlessLog log) {
    this.log = log;
  }

  /** Opens a log, creating it if there is none. */
  public static TestLog of(ObjectStore store, LogId id, int partitions) {
    return new TestLog(RaftlessLog.openOrCreate(store, id, partitions));
  }

  /** The log itself. */
  public RaftlessLog log() {
    return log;
  }

  /** Uploads records, and tells where they are. */
  public List<StagedBatch> stage(int partition, List<LogRecord> records)
      throws InterruptedException {
    try (Stager stager = log.newStager(StagerOptions.defaults())) {
      for (LogRecord record : records) {
        stager.add(partition, record);
      }
      return stager.stage().join().stream().flatMap(List::stream).toList();
    }
  }

  /** Appends records as one batch. */
  public void append(int partition, List<LogRecord> records) throws InterruptedException {
    log.commit(partition, stage(partition, records), null, null).join();
  }

  /** How many records were ever appended. */
  public long size() {
    long size = 0;
    for (int partition = 0; partition < log.partitions(); partition++) {
      size += log.status(partition).join().nextOffset();
    }
    return size;
  }

  /** The elements of a partition, in order. */
  public List<String> elements(int partition) throws InterruptedException {
    return records(partition).stream().map(Numbered::element).toList();
  }

  /** All elements, one partition after the other. */
  public List<String> elements() throws InterruptedException {
    List<String> elements = new ArrayList<>();
    for (int partition = 0; partition < log.partitions(); partition++) {
      elements.addAll(elements(partition));
    }
    return elements;
  }

  /** The elements of a partition that were not trimmed, in order. */
  public List<String> readable(int partition) throws InterruptedException {
    return records(partition, log.status(partition).join().startOffset()).stream()
        .map(Numbered::element)
        .toList();
  }

  /** The records of a partition, in order. */
  public List<LogRecord> records(int partition) throws InterruptedException {
    return records(partition, 0);
  }

  private List<LogRecord> records(int partition, long from) throws InterruptedException {
    long end = log.status(partition).join().nextOffset();
    List<LogRecord> records = new ArrayList<>();
    try (LogReader reader = log.newReader(ReaderOptions.defaults())) {
      reader.assign(partition, from);
      while (records.size() < end - from) {
        Optional<ReadBatch> batch = reader.poll(PATIENCE);
        if (batch.isEmpty()) {
          throw new AssertionError("partition " + partition + " gives no records");
        }
        records.addAll(batch.get().records());
      }
    }
    return records;
  }

  @Override
  public void close() {
    log.close();
  }
}
