package io.raftless.connect.sink;

import io.raftless.connect.sink.TaskPartition.Chunk;
import io.raftless.log.StagedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Appends what is uploaded: one conditional write for the records of a partition and its position.
 * One is under way for each partition. Owned by the task's thread.
 */
final class Appends {
  private final SinkSettings.Flush flush;
  private final LongSupplier clock;
  private final Results results;
  private final SinkMetrics metrics;
  private final Setbacks setbacks;

  Appends(
      SinkSettings.Flush flush,
      LongSupplier clock,
      Results results,
      SinkMetrics metrics,
      Setbacks setbacks) {
    this.flush = flush;
    this.clock = clock;
    this.results = results;
    this.metrics = metrics;
    this.setbacks = setbacks;
  }

  boolean isDue(TaskPartition partition) {
    return partition.uncommittedRecords > 0
        && (partition.uncommittedBytes >= flush.bytes()
            || partition.uncommittedRecords >= flush.records()
            || clock.getAsLong() - partition.oldestMillis() >= flush.lingerMillis());
  }

  void append(TaskPartition partition, boolean isFlushed) {
    List<Chunk> prefix = partition.committable();
    if (!prefix.isEmpty()) {
      boolean isTime =
          isFlushed ? !partition.hasUploadable() && !partition.hasUploading() : isDue(partition);
      if (isTime) {
        appendChunks(partition, prefix);
      }
      return;
    }
    if (!isFlushed || partition.hasUploadable() || !partition.chunks.isEmpty()) {
      return;
    }
    long next = partition.nextAfter(0);
    if (next > partition.requireStored().nextOffset()) {
      storePosition(partition, partition.requireStored().withNext(next));
    } else if (partition.isCut && partition.reports.isEmpty()) {
      setbacks.lose(partition, "records are gone from Kafka");
    }
  }

  private void appendChunks(TaskPartition partition, List<Chunk> prefix) {
    List<StagedBatch> batches = new ArrayList<>();
    long bytes = 0;
    int records = 0;
    for (Chunk chunk : prefix) {
      List<StagedBatch> staged = chunk.staged;
      if (staged == null) {
        throw new IllegalStateException(partition.id + " appends what is not uploaded");
      }
      batches.addAll(staged);
      bytes += chunk.bytes;
      records += chunk.records;
    }
    StoredPosition position =
        partition.requireStored().withNext(partition.nextAfter(prefix.size()));
    String json = position.encode();
    long appendedBytes = bytes;
    int appendedRecords = records;
    write(
        partition,
        () ->
            partition
                .requireLog()
                .commit(partition.target.partition(), batches, partition.requireClaim(), json),
        position,
        json,
        "an append",
        () -> {
          partition.committed(prefix.size());
          metrics.appends.incrementAndGet();
          metrics.records.addAndGet(appendedRecords);
          metrics.bytes.addAndGet(appendedBytes);
        });
  }

  private void storePosition(TaskPartition partition, StoredPosition position) {
    String json = position.encode();
    write(
        partition,
        () ->
            partition
                .requireLog()
                .storePosition(partition.requireClaim(), partition.storedJson, json),
        position,
        json,
        "storing its position",
        () -> {});
  }

  private <T> void write(
      TaskPartition partition,
      Results.Start<T> writing,
      StoredPosition position,
      String json,
      String what,
      Runnable done) {
    int tenure = partition.tenure;
    long started = System.nanoTime();
    partition.commitInFlight = true;
    metrics.appendsInFlight.incrementAndGet();
    results.begin(
        writing,
        (result, trouble) -> {
          metrics.appendsInFlight.decrementAndGet();
          metrics.lastAppendMillis.set(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
          if (!partition.is(tenure)) {
            return;
          }
          partition.commitInFlight = false;
          if (trouble != null) {
            setbacks.failed(partition, trouble, what);
            return;
          }
          partition.stored = position;
          partition.storedJson = json;
          partition.failures = 0;
          partition.failingSinceMillis = TaskPartition.UNKNOWN;
          done.run();
        });
  }
}
