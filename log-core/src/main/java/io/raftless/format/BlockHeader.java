package io.raftless.format;

import java.nio.ByteBuffer;

/**
 * The header of a batch block, checked against its own checksum and for whether it makes sense.
 *
 * @param compression how the records are stored
 * @param count records, at least 1
 * @param baseTimestamp the smallest one
 * @param maxTimestamp the largest one
 * @param uncompressedLength of the records, in bytes
 * @param storedLength of the records as they are stored, in bytes
 * @param storedCrc CRC32C of the stored bytes
 * @param crc CRC32C of the canonical records
 */
record BlockHeader(
    Compression compression,
    int count,
    long baseTimestamp,
    long maxTimestamp,
    int uncompressedLength,
    int storedLength,
    int storedCrc,
    int crc) {
  /**
   * Of lz4, a byte makes at most 255 bytes; of zstd, a piece of 4 bytes at most 128 KiB. What
   * claims to become larger is refused before memory is taken for it.
   */
  private static final int MAX_LZ4_RATIO = 255;

  private static final int MAX_ZSTD_RATIO = 32 << 10;

  /**
   * Reads a header.
   *
   * @param bytes of a block, or of its beginning, from the position on
   * @param blockBytes of the whole block
   * @throws FormatException if it is none
   */
  static BlockHeader parse(ByteBuffer bytes, int blockBytes) {
    ByteBuffer header = bytes.duplicate();
    if (header.remaining() < BlockLayout.HEADER_BYTES) {
      throw new FormatException(
          "a batch block has at least 48 bytes, here are " + header.remaining());
    }
    int actual = BlockLayout.crc32c(header.slice(header.position(), BlockLayout.CHECKED_BYTES));
    int magic = header.getInt();
    if (magic != BlockLayout.MAGIC) {
      throw new FormatException("not a batch block: it starts with " + hex(magic));
    }
    byte version = header.get();
    FormatException.requireKnown("batch block", version, BlockLayout.VERSION);
    int code = header.get();
    header.getShort();
    int count = header.getInt();
    long baseTimestamp = header.getLong();
    long maxTimestamp = header.getLong();
    int uncompressedLength = header.getInt();
    int storedLength = header.getInt();
    int storedCrc = header.getInt();
    int crc = header.getInt();
    int expected = header.getInt();
    if (actual != expected) {
      throw new FormatException(
          "the header of the batch block is damaged: CRC32C "
              + hex(actual)
              + ", not "
              + hex(expected));
    }
    Compression compression = Compression.fromCode(code);
    if (count < 1
        || uncompressedLength > BlockLayout.MAX_UNCOMPRESSED_BYTES
        || uncompressedLength < (long) count * RecordCursor.MIN_RECORD_BYTES
        || uncompressedLength > (long) storedLength * maxRatio(compression)
        || storedLength != blockBytes - BlockLayout.HEADER_BYTES) {
      throw new FormatException(
          "the batch block makes no sense: "
              + count
              + " records, "
              + uncompressedLength
              + " bytes, stored as "
              + storedLength
              + " of "
              + (blockBytes - BlockLayout.HEADER_BYTES));
    }
    return new BlockHeader(
        compression,
        count,
        baseTimestamp,
        maxTimestamp,
        uncompressedLength,
        storedLength,
        storedCrc,
        crc);
  }

  private static int maxRatio(Compression compression) {
    return switch (compression) {
      case NONE -> 1;
      case LZ4 -> MAX_LZ4_RATIO;
      case ZSTD -> MAX_ZSTD_RATIO;
    };
  }

  static String hex(int value) {
    return String.format("%08x", value);
  }
}
