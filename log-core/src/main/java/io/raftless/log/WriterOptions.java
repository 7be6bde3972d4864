package io.raftless.log;

import io.raftless.format.Compression;
import java.io.Serializable;

/**
 * How a {@link LogWriter} buffers.
 *
 * @param objectBytes records are uploaded when this many bytes are buffered, over all partitions; 1
 *     KiB to 512 MiB
 * @param lingerMillis or when the oldest of them has waited this long; 0 uploads at once
 * @param maxBytesInMemory of records that are buffered or being uploaded; at least {@code
 *     objectBytes}. What waits for its commit afterwards takes about 100 bytes a future
 * @param uploadsInFlight uploads at a time, 1 to 64
 * @param compression of the batch blocks
 * @param onFull what {@code append} does when memory is full
 */
public record WriterOptions(
    int objectBytes,
    int lingerMillis,
    long maxBytesInMemory,
    int uploadsInFlight,
    Compression compression,
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
    UploadLimits.require(objectBytes, maxBytesInMemory, uploadsInFlight);
    if (lingerMillis < 0) {
      throw new IllegalArgumentException("lingerMillis " + lingerMillis + ": choose 0 or more");
    }
  }

  /** 8 MiB, 50 ms, 64 MiB in memory, 4 uploads, zstd, block. */
  public static WriterOptions defaults() {
    return new WriterOptions(8 << 20, 50, 64L << 20, 4, Compression.ZSTD, OnFull.BLOCK);
  }

  /** The same with another linger. */
  public WriterOptions withLingerMillis(int millis) {
    return new WriterOptions(
        objectBytes, millis, maxBytesInMemory, uploadsInFlight, compression, onFull);
  }
}
