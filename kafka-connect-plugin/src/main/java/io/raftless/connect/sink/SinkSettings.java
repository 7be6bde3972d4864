package io.raftless.connect.sink;

import io.raftless.format.Compression;
import io.raftless.store.StoreFactory;

/**
 * What a sink was told. All times are in milliseconds.
 *
 * @param store where the logs are
 * @param mapping which log and partition a topic-partition is written to
 * @param names what topic-partitions are called there
 * @param flush when buffered records are appended
 * @param memory what is buffered and uploaded
 * @param patience how long to wait for what
 * @param records what becomes of records that are special
 * @param resume where partitions go on
 */
public record SinkSettings(
    StoreFactory store,
    TopicMapping mapping,
    WriterIdNames names,
    Flush flush,
    Memory memory,
    Patience patience,
    Records records,
    ResumePolicy resume) {

  /**
   * When the buffered records of a partition are appended: at whatever comes first, and when
   * Connect commits.
   *
   * @param bytes buffered of the partition
   * @param records buffered of the partition
   * @param lingerMillis since the first of them was buffered
   */
  public record Flush(long bytes, int records, long lingerMillis) {
    public static final Flush DEFAULTS = new Flush(8 << 20, 100_000, 5_000);
  }

  /**
   * What is in memory, and how it gets to the store.
   *
   * @param bufferBytes buffered and being uploaded, of all partitions of the task
   * @param objectBytes of a WAL object
   * @param uploadsInFlight at a time
   * @param compression of blocks
   */
  public record Memory(
      long bufferBytes, int objectBytes, int uploadsInFlight, Compression compression) {
    public Memory {
      if (bufferBytes < objectBytes) {
        throw new IllegalArgumentException(
            bufferBytes + " bytes of memory do not hold an object of " + objectBytes);
      }
    }

    /** Of a quarter of the heap, 64 MiB at most. */
    public static Memory defaults() {
      return new Memory(defaultBufferBytes(), 8 << 20, 4, Compression.ZSTD);
    }

    /** A quarter of the heap, at most 64 MiB, and enough for an object. */
    static long defaultBufferBytes() {
      return Math.max(8L << 20, Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 4));
    }
  }

  /**
   * How long to wait for what.
   *
   * @param openTimeoutMillis how long {@code open} waits for partitions to be acquired
   * @param flushTimeoutMillis how long {@code preCommit} waits for appends
   * @param fencedRetryMillis after which a fenced partition acquires again
   * @param retryBackoffMillis the first pause after a failure
   * @param retryBackoffMaxMillis the longest
   * @param retryTimeoutMillis how long a store may fail before the task does; -1 for ever
   */
  public record Patience(
      long openTimeoutMillis,
      long flushTimeoutMillis,
      long fencedRetryMillis,
      long retryBackoffMillis,
      long retryBackoffMaxMillis,
      long retryTimeoutMillis) {
    /** In {@link #retryTimeoutMillis}. */
    public static final long FOR_EVER = -1;

    public static final Patience DEFAULTS =
        new Patience(30_000, 30_000, 60_000, 1_000, 30_000, 900_000);
  }

  /**
   * What becomes of records that are special.
   *
   * @param tombstones records without a value
   * @param onRerouted records with another topic or partition than the original one
   * @param originHeaders whether the original topic, partition and offset are added as headers
   * @param originHeadersPrefix what their names begin with
   */
  public record Records(
      Tombstones tombstones,
      OnRerouted onRerouted,
      boolean originHeaders,
      String originHeadersPrefix) {
    public static final Records DEFAULTS =
        new Records(Tombstones.WRITE, OnRerouted.REJECT, false, "raftless.origin.");
  }

  /** With defaults for all that has one. */
  public static SinkSettings of(StoreFactory store, TopicMapping mapping, WriterIdNames names) {
    return new SinkSettings(
        store,
        mapping,
        names,
        Flush.DEFAULTS,
        Memory.defaults(),
        Patience.DEFAULTS,
        Records.DEFAULTS,
        ResumePolicy.DEFAULTS);
  }

  public SinkSettings withMapping(TopicMapping other) {
    return new SinkSettings(store, other, names, flush, memory, patience, records, resume);
  }

  public SinkSettings withFlush(Flush other) {
    return new SinkSettings(store, mapping, names, other, memory, patience, records, resume);
  }

  public SinkSettings withMemory(Memory other) {
    return new SinkSettings(store, mapping, names, flush, other, patience, records, resume);
  }

  public SinkSettings withPatience(Patience other) {
    return new SinkSettings(store, mapping, names, flush, memory, other, records, resume);
  }

  public SinkSettings withRecords(Records other) {
    return new SinkSettings(store, mapping, names, flush, memory, patience, other, resume);
  }

  public SinkSettings withResume(ResumePolicy other) {
    return new SinkSettings(store, mapping, names, flush, memory, patience, records, other);
  }
}
