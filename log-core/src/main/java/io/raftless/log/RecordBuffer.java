package io.raftless.log;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Chunks;
import io.raftless.format.LogRecord;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Records that will become one WAL object: at most one batch per partition. Its owner sees to it
 * that one thread uses it at a time.
 */
final class RecordBuffer {
  private final Chunks chunks;
  private final SortedMap<Integer, BatchBuilder> batches = new TreeMap<>();
  private long reservedBytes;
  private final Object token = new Object();

  /**
   * An empty one.
   *
   * @param chunks what its records are put into
   */
  RecordBuffer(Chunks chunks) {
    this.chunks = chunks;
  }

  /** Stands for this buffer where a reference to it would keep its records in memory. */
  Object token() {
    return token;
  }

  /**
   * Adds a record.
   *
   * @param reserved what its owner took from its memory budget for it
   * @return its place in its batch, from 0
   */
  int add(int partition, LogRecord record, long reserved) {
    BatchBuilder known = batches.get(partition);
    if (known != null) {
      known.add(record);
      reservedBytes += reserved;
      return known.count() - 1;
    }
    BatchBuilder batch = new BatchBuilder(chunks);
    batch.add(record);
    batches.put(partition, batch);
    reservedBytes += reserved;
    return batch.count() - 1;
  }

  /** Adds a whole batch of a partition that has none yet. */
  void add(int partition, BatchBuilder batch, long reserved) {
    batches.put(partition, batch);
    reservedBytes += reserved;
  }

  boolean isEmpty() {
    return batches.isEmpty();
  }

  boolean has(int partition) {
    return batches.containsKey(partition);
  }

  /** What its records took from the memory budget, without any overhead. */
  long reservedBytes() {
    return reservedBytes;
  }

  /** By partition. Whoever uploads them takes them out, so that they are not kept any longer. */
  SortedMap<Integer, BatchBuilder> batches() {
    return batches;
  }

  int size() {
    return batches.size();
  }
}
