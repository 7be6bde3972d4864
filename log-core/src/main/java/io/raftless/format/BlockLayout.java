package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The fixed header of a batch block, big-endian:
 *
 * <pre>
 *  0  4  magic "RLBB"
 *  4  1  format version, 1
 *  5  1  compression: 0 none, 1 lz4 block, 2 zstd frame
 *  6  2  reserved, 0
 *  8  4  record count, at least 1
 * 12  8  base (smallest) timestamp
 * 20  8  maximum timestamp
 * 28  4  uncompressed length of the records
 * 32  4  stored length of the records
 * 36  4  CRC32C of the stored bytes
 * 40  4  CRC32C of the uncompressed bytes (the canonical CRC)
 * 44  4  CRC32C of bytes 0 to 43
 * 48     the stored bytes
 * </pre>
 */
final class BlockLayout {
  static final int HEADER_BYTES = 48;
  static final int MAGIC = 0x524C4242;
  static final byte VERSION = 1;

  /** Larger blocks are refused when written and when read, before anything is allocated. */
  static final int MAX_UNCOMPRESSED_BYTES = 1 << 30;

  static final int CHECKED_BYTES = 44;

  private BlockLayout() {}

  static int crc32c(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  static int crc32c(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }
}
