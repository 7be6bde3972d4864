package io.raftless.log;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.LogRecord;

/** What every kind of upload has to keep to. */
final class UploadLimits {
  private static final int MIN_OBJECT_BYTES = 1 << 10;
  private static final int MAX_OBJECT_BYTES = 512 << 20;
  private static final int MAX_IN_FLIGHT = 64;
  private static final int MAX_RECORD_BYTES = 256 << 20;
  private static final int MAX_ZSTD_LEVEL = 22;

  /** What a level of 3 costs is seldom worth saving, and more seldom worth exceeding. */
  static final int USUAL_ZSTD_LEVEL = Compression.DEFAULT_ZSTD_LEVEL;

  /** Large enough for what streams carry, small enough to find what was sent by mistake. */
  static final int USUAL_RECORD_BYTES = 16 << 20;

  /**
   * What a batch takes besides its records, from its first record until its outcome is known: the
   * first array, the places in queues and maps, the request. Measured, and rounded up.
   */
  static final int BATCH_OVERHEAD = 1 << 10;

  /** What the future of a record takes until it is completed. Measured, and rounded up. */
  static final int FUTURE_OVERHEAD = 128;

  private UploadLimits() {}

  /**
   * Checks the options of a writer or a stager.
   *
   * @throws IllegalArgumentException that names the option, its value and what to do
   */
  static void require(
      int objectBytes,
      long maxBytesInMemory,
      int uploadsInFlight,
      int zstdLevel,
      int maxRecordBytes) {
    if (objectBytes < MIN_OBJECT_BYTES || objectBytes > MAX_OBJECT_BYTES) {
      throw new IllegalArgumentException(
          "objectBytes " + objectBytes + ": choose 1 KiB (1024) to 512 MiB (536870912)");
    }
    if (maxBytesInMemory < objectBytes) {
      throw new IllegalArgumentException(
          "maxBytesInMemory "
              + maxBytesInMemory
              + " is below objectBytes "
              + objectBytes
              + ": no object could ever be filled");
    }
    if (uploadsInFlight < 1 || uploadsInFlight > MAX_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "uploadsInFlight " + uploadsInFlight + ": choose 1 to " + MAX_IN_FLIGHT);
    }
    if (zstdLevel < 1 || zstdLevel > MAX_ZSTD_LEVEL) {
      throw new IllegalArgumentException(
          "zstdLevel " + zstdLevel + ": choose 1 (fast) to " + MAX_ZSTD_LEVEL + " (small)");
    }
    if (maxRecordBytes < 1 || maxRecordBytes > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "maxRecordBytes " + maxRecordBytes + ": choose 1 to 256 MiB (" + MAX_RECORD_BYTES + ")");
    }
  }

  /**
   * What a record takes before compression, at most.
   *
   * @throws IllegalArgumentException if that is more than {@code maxRecordBytes}
   */
  static long requireFitting(LogRecord record, int maxRecordBytes) {
    long bytes = BatchBuilder.requireFitting(record);
    if (bytes > maxRecordBytes) {
      throw new IllegalArgumentException(
          "a record of up to "
              + bytes
              + " bytes is too large: maxRecordBytes is "
              + maxRecordBytes
              + "; raise it where it is lower, in the options or in the settings of the log (to 256 MiB"
              + " at most), or split the record");
    }
    return bytes;
  }
}
