package io.raftless.format;

/**
 * How a segment stores its records.
 *
 * @param blockBytes what a block takes before compression, about; smaller ones are put together; 1
 *     KiB to 256 MiB
 * @param compression of the blocks that are put together; the others stay as they are
 * @param zstdLevel 1 to 22; of no effect on other compressions
 */
public record SegmentSettings(int blockBytes, Compression compression, int zstdLevel) {
  private static final int MIN_BLOCK_BYTES = 1 << 10;
  private static final int MAX_BLOCK_BYTES = 256 << 20;

  /** Blocks of 1 MiB, zstd at its usual level. */
  public static final SegmentSettings DEFAULT =
      new SegmentSettings(1 << 20, Compression.ZSTD, Compression.DEFAULT_ZSTD_LEVEL);

  public SegmentSettings {
    if (blockBytes < MIN_BLOCK_BYTES || blockBytes > MAX_BLOCK_BYTES) {
      throw new IllegalArgumentException(
          "blockBytes "
              + blockBytes
              + ": choose "
              + MIN_BLOCK_BYTES
              + " to "
              + MAX_BLOCK_BYTES
              + ", usually 1 MiB");
    }
    Compression.requireZstdLevel(zstdLevel);
  }
}
