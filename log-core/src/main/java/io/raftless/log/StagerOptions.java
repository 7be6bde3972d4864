package io.raftless.log;

import io.raftless.format.Compression;
import java.io.Serializable;

/**
 * How a {@link Stager} buffers.
 *
 * @param objectBytes records are uploaded when this many bytes are buffered, over all partitions
 * @param maxBytesInMemory buffered and being uploaded; {@code add} waits when it is reached. At
 *     least {@code objectBytes}
 * @param uploadsInFlight uploads at a time, 1 to 64
 * @param compression of the batch blocks
 */
public record StagerOptions(
    int objectBytes, long maxBytesInMemory, int uploadsInFlight, Compression compression)
    implements Serializable {
  public StagerOptions {
    if (objectBytes < 1024 || objectBytes > 512 << 20) {
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
    if (uploadsInFlight < 1 || uploadsInFlight > 64) {
      throw new IllegalArgumentException("uploadsInFlight " + uploadsInFlight + ": choose 1 to 64");
    }
  }

  /** Objects of 8 MiB, 32 MiB in memory, zstd. */
  public static StagerOptions defaults() {
    return new StagerOptions(8 << 20, 32L << 20, 4, Compression.ZSTD);
  }

  /** The same with another size of objects, and four times as much memory. */
  public StagerOptions withObjectBytes(int bytes) {
    return new StagerOptions(bytes, 4L * bytes, uploadsInFlight, compression);
  }
}
