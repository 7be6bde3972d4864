package io.raftless.log;

import io.raftless.format.Compression;
import java.io.Serializable;

/**
 * How a {@link Stager} buffers.
 *
 * @param objectBytes records are uploaded when this many bytes are buffered, over all partitions; 1
 *     KiB to 512 MiB
 * @param maxBytesInMemory buffered and being uploaded, and 1 KiB for each of their batches; {@code
 *     add} waits when it is reached. At least {@code objectBytes}
 * @param uploadsInFlight uploads at a time, 1 to 64
 * @param compression of the batch blocks
 * @param zstdLevel 1 (fast) to 22 (small); of no meaning to other compressions
 * @param maxRecordBytes what a record may take, encoded and not compressed; 1 byte to 256 MiB
 */
public record StagerOptions(
    int objectBytes,
    long maxBytesInMemory,
    int uploadsInFlight,
    Compression compression,
    int zstdLevel,
    int maxRecordBytes)
    implements Serializable {
  public StagerOptions {
    UploadLimits.require(objectBytes, maxBytesInMemory, uploadsInFlight, zstdLevel, maxRecordBytes);
  }

  /** With zstd's level 3 and records of at most 16 MiB. */
  public StagerOptions(
      int objectBytes, long maxBytesInMemory, int uploadsInFlight, Compression compression) {
    this(
        objectBytes,
        maxBytesInMemory,
        uploadsInFlight,
        compression,
        UploadLimits.USUAL_ZSTD_LEVEL,
        UploadLimits.USUAL_RECORD_BYTES);
  }

  /** Objects of 8 MiB, 32 MiB in memory, 4 uploads, zstd at level 3, records of 16 MiB. */
  public static StagerOptions defaults() {
    return new StagerOptions(8 << 20, 32L << 20, 4, Compression.ZSTD);
  }

  /** The same with another size of objects, and four times as much memory. */
  public StagerOptions withObjectBytes(int bytes) {
    return new StagerOptions(
        bytes, 4L * bytes, uploadsInFlight, compression, zstdLevel, maxRecordBytes);
  }

  /** The same with another compression. */
  public StagerOptions withCompression(Compression other) {
    return new StagerOptions(
        objectBytes, maxBytesInMemory, uploadsInFlight, other, zstdLevel, maxRecordBytes);
  }

  /** The same, compressed with zstd at this level. */
  public StagerOptions withZstdLevel(int level) {
    return new StagerOptions(
        objectBytes, maxBytesInMemory, uploadsInFlight, Compression.ZSTD, level, maxRecordBytes);
  }

  /** The same with another limit of records. */
  public StagerOptions withMaxRecordBytes(int bytes) {
    return new StagerOptions(
        objectBytes, maxBytesInMemory, uploadsInFlight, compression, zstdLevel, bytes);
  }
}
