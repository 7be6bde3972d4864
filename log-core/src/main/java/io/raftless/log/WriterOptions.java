package io.raftless.log;

import io.raftless.format.Compression;
import io.raftless.index.IndexShape;
import java.io.Serializable;

/**
 * How a {@link LogWriter} buffers.
 *
 * @param objectBytes records are uploaded when this many bytes are buffered, over all partitions; 1
 *     KiB to 512 MiB
 * @param lingerMillis or when the oldest of them has waited this long; 0 uploads at once. What is
 *     uploaded waits as long again, and 200 ms at most, while other uploads of its partition are
 *     under way, to be committed with them by one request
 * @param maxBytesInMemory of records that are buffered or being uploaded, and of what is kept for
 *     each until its outcome is known: 128 bytes a record and 1 KiB a batch; at least {@code
 *     objectBytes}
 * @param uploadsInFlight uploads at a time, 1 to 64
 * @param compression of the batch blocks
 * @param zstdLevel 1 (fast) to 22 (small); of no meaning to other compressions
 * @param maxRecordBytes what a record may take, encoded and not compressed; 1 byte to 256 MiB. One
 *     that is larger than {@code maxBytesInMemory} is taken when nothing else is in memory
 * @param inlineBytes a batch whose block has at most so many bytes is committed inside the head of
 *     its partition, with one request and no WAL object; 0 (never) to 16 KiB
 * @param onFull what {@code append} does when memory is full
 */
public record WriterOptions(
    int objectBytes,
    int lingerMillis,
    long maxBytesInMemory,
    int uploadsInFlight,
    Compression compression,
    int zstdLevel,
    int maxRecordBytes,
    int inlineBytes,
    OnFull onFull)
    implements Serializable {

  /** What {@code append} does when memory is full. */
  public enum OnFull {
    /** Wait until there is room. */
    BLOCK,
    /** Throw {@link RaftlessException.BufferFull}. */
    FAIL
  }

  public WriterOptions {
    UploadLimits.require(objectBytes, maxBytesInMemory, uploadsInFlight, zstdLevel, maxRecordBytes);
    if (lingerMillis < 0) {
      throw new IllegalArgumentException("lingerMillis " + lingerMillis + ": choose 0 or more");
    }
    if (inlineBytes < 0 || inlineBytes > IndexShape.MAX_INLINE_BYTES) {
      throw new IllegalArgumentException(
          "inlineBytes " + inlineBytes + ": choose 0 to " + IndexShape.MAX_INLINE_BYTES);
    }
  }

  /** A head takes a few of these before it is written out, and is read at once all the same. */
  private static final int USUAL_INLINE_BYTES = 4 << 10;

  /** With zstd's level 3, records of at most 16 MiB, and batches of up to 4 KiB in the head. */
  public WriterOptions(
      int objectBytes,
      int lingerMillis,
      long maxBytesInMemory,
      int uploadsInFlight,
      Compression compression,
      OnFull onFull) {
    this(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        UploadLimits.USUAL_ZSTD_LEVEL,
        UploadLimits.USUAL_RECORD_BYTES,
        USUAL_INLINE_BYTES,
        onFull);
  }

  /**
   * 8 MiB, 50 ms, 64 MiB in memory, 4 uploads, zstd at level 3, records of 16 MiB, batches of up to
   * 4 KiB in the head, block.
   */
  public static WriterOptions defaults() {
    return new WriterOptions(8 << 20, 50, 64L << 20, 4, Compression.ZSTD, OnFull.BLOCK);
  }

  /** The same with another size of objects. */
  public WriterOptions withObjectBytes(int bytes) {
    return new WriterOptions(
        bytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        zstdLevel,
        maxRecordBytes,
        inlineBytes,
        onFull);
  }

  /** The same with another linger. */
  public WriterOptions withLingerMillis(int millis) {
    return new WriterOptions(
        objectBytes,
        millis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        zstdLevel,
        maxRecordBytes,
        inlineBytes,
        onFull);
  }

  /** The same with another memory budget. */
  public WriterOptions withMaxBytesInMemory(long bytes) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        bytes,
        uploadsInFlight,
        compression,
        zstdLevel,
        maxRecordBytes,
        inlineBytes,
        onFull);
  }

  /** The same with another compression. */
  public WriterOptions withCompression(Compression other) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        other,
        zstdLevel,
        maxRecordBytes,
        inlineBytes,
        onFull);
  }

  /** The same, compressed with zstd at this level. */
  public WriterOptions withZstdLevel(int level) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        Compression.ZSTD,
        level,
        maxRecordBytes,
        inlineBytes,
        onFull);
  }

  /** The same with another limit of records. */
  public WriterOptions withMaxRecordBytes(int bytes) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        zstdLevel,
        bytes,
        inlineBytes,
        onFull);
  }

  /** The same with another limit of batches in the head; 0 for none. */
  public WriterOptions withInlineBytes(int bytes) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        zstdLevel,
        maxRecordBytes,
        bytes,
        onFull);
  }

  /** The same, doing something else when memory is full. */
  public WriterOptions withOnFull(OnFull other) {
    return new WriterOptions(
        objectBytes,
        lingerMillis,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        zstdLevel,
        maxRecordBytes,
        inlineBytes,
        other);
  }
}
