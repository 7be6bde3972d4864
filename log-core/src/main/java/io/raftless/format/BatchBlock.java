package io.raftless.format;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.List;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * A batch block as read: its header, checked, and its records when asked for.
 *
 * <p>Any bytes at all give a block or a {@link FormatException}, and nothing is allocated before
 * the header's own checksum was found right.
 */
public final class BatchBlock {
  /**
   * Of lz4, a byte makes at most 255 bytes; of zstd, a piece of 4 bytes at most 128 KiB. What
   * claims to become larger is refused before memory is taken for it.
   */
  private static final int MAX_LZ4_RATIO = 255;

  private static final int MAX_ZSTD_RATIO = 32 << 10;

  private static final byte[] NOTHING = new byte[0];

  private final ByteBuffer block;
  private final ByteBuffer stored;
  private final Compression compression;
  private final int count;
  private final long baseTimestamp;
  private final long maxTimestamp;
  private final int uncompressedLength;
  private final int storedCrc;
  private final int crc;

  private BatchBlock(ByteBuffer block) {
    ByteBuffer header = block.duplicate();
    if (header.remaining() < BlockLayout.HEADER_BYTES) {
      throw new FormatException(
          "a batch block has at least 48 bytes, here are " + header.remaining());
    }
    int actual = BlockLayout.crc32c(header.slice(header.position(), BlockLayout.CHECKED_BYTES));
    int start = header.position();
    int magic = header.getInt();
    if (magic != BlockLayout.MAGIC) {
      throw new FormatException("not a batch block: it starts with " + hex(magic));
    }
    byte version = header.get();
    FormatException.requireKnown("batch block", version, BlockLayout.VERSION);
    int code = header.get();
    header.getShort();
    this.count = header.getInt();
    this.baseTimestamp = header.getLong();
    this.maxTimestamp = header.getLong();
    this.uncompressedLength = header.getInt();
    int storedLength = header.getInt();
    this.storedCrc = header.getInt();
    this.crc = header.getInt();
    int expected = header.getInt();
    if (actual != expected) {
      throw new FormatException(
          "the header of the batch block is damaged: CRC32C "
              + hex(actual)
              + ", not "
              + hex(expected));
    }
    this.compression = Compression.fromCode(code);
    if (count < 1
        || uncompressedLength > BlockLayout.MAX_UNCOMPRESSED_BYTES
        || uncompressedLength < (long) count * RecordCursor.MIN_RECORD_BYTES
        || uncompressedLength > (long) storedLength * maxRatio(compression)
        || storedLength != block.remaining() - BlockLayout.HEADER_BYTES) {
      throw new FormatException(
          "the batch block makes no sense: "
              + count
              + " records, "
              + uncompressedLength
              + " bytes, stored as "
              + storedLength
              + " of "
              + (block.remaining() - BlockLayout.HEADER_BYTES));
    }
    this.block = block.slice();
    this.stored = block.slice(start + BlockLayout.HEADER_BYTES, storedLength);
  }

  /**
   * Reads the header.
   *
   * @param block exactly one block, from its position to its limit
   * @throws FormatException if it is none
   */
  public static BatchBlock parse(ByteBuffer block) {
    return new BatchBlock(block);
  }

  /** Records in the block. */
  public int count() {
    return count;
  }

  /** The smallest timestamp in the block. */
  public long baseTimestamp() {
    return baseTimestamp;
  }

  /** The largest timestamp in the block. */
  public long maxTimestamp() {
    return maxTimestamp;
  }

  /** CRC32C of the canonical uncompressed records, as the header says. */
  public int crc() {
    return crc;
  }

  /** What the records take before compression, in bytes. */
  public int uncompressedBytes() {
    return uncompressedLength;
  }

  /** What the whole block takes, its header included, in bytes. */
  public int storedBytes() {
    return block.remaining();
  }

  /** The whole block as it was read. */
  ByteBuffer bytes() {
    return block.duplicate();
  }

  /** How the records are stored. */
  public Compression compression() {
    return compression;
  }

  /**
   * Decodes all records, checking both checksums. Of a block that is not compressed each record is
   * made when it is asked for, and nothing can be wrong with it then.
   *
   * @return immutable
   * @throws FormatException if the bytes are damaged
   */
  public List<LogRecord> records() {
    if (compression == Compression.NONE) {
      return DecodedRecords.of(canonicalBytes(), count);
    }
    requireIntact();
    // Records are copies, so that what they are copied from is used again.
    byte[] scratch = Scratch.TARGET.atLeast(uncompressedLength);
    try {
      return records(checked(uncompress(scratch)));
    } finally {
      Scratch.TARGET.done(scratch);
    }
  }

  private List<LogRecord> records(Canonical canonical) {
    RecordCursor cursor = new RecordCursor(canonical);
    LogRecord[] records = new LogRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] = cursor.read();
    }
    cursor.requireEnd(count);
    return List.of(records);
  }

  /**
   * The canonical bytes of all records, checking both checksums. They are the same in whatever
   * block a record is.
   *
   * @throws FormatException if the bytes are damaged
   */
  public ByteBuffer uncompressed() {
    Canonical canonical = canonicalBytes();
    return ByteBuffer.wrap(canonical.array(), canonical.from(), canonical.length())
        .slice()
        .asReadOnlyBuffer();
  }

  /**
   * Checks that the stored bytes are what was written, without uncompressing them.
   *
   * @throws FormatException if they are damaged
   */
  public void requireIntact() {
    int actual = BlockLayout.crc32c(stored);
    if (actual != storedCrc) {
      throw new FormatException(
          "the stored bytes are damaged: CRC32C " + hex(actual) + ", not " + hex(storedCrc));
    }
  }

  /** The canonical bytes, checking both checksums. */
  Canonical canonicalBytes() {
    requireIntact();
    return checked(
        uncompress(compression == Compression.NONE ? NOTHING : new byte[uncompressedLength]));
  }

  private Canonical checked(Canonical canonical) {
    if (compression == Compression.NONE && storedCrc == crc) {
      return canonical; // They are the stored ones, and those are right.
    }
    int actual = BlockLayout.crc32c(canonical.array(), canonical.from(), canonical.length());
    if (actual != crc) {
      throw new FormatException(
          "the uncompressed records are damaged: CRC32C " + hex(actual) + ", not " + hex(crc));
    }
    return canonical;
  }

  private static int maxRatio(Compression compression) {
    return switch (compression) {
      case NONE -> 1;
      case LZ4 -> MAX_LZ4_RATIO;
      case ZSTD -> MAX_ZSTD_RATIO;
    };
  }

  /**
   * Uncompresses.
   *
   * @param target of at least the uncompressed length, unless nothing is compressed
   */
  private Canonical uncompress(byte[] target) {
    Canonical source = Canonical.of(stored);
    if (compression == Compression.NONE) {
      if (source.length() != uncompressedLength) {
        throw new FormatException(
            "an uncompressed block of "
                + source.length()
                + " bytes claims to hold "
                + uncompressedLength);
      }
      return source;
    }
    if (compression == Compression.ZSTD) {
      // A frame says how large it gets: another cheap question before it is uncompressed.
      long claimed = Zstd.getFrameContentSize(source.array(), source.from(), source.length());
      if (claimed > 0 && claimed != uncompressedLength) {
        throw new FormatException(
            "the zstd frame uncompresses to " + claimed + " bytes, not " + uncompressedLength);
      }
    }
    long length;
    try {
      length = uncompress(source, target);
    } catch (LZ4Exception | ZstdException e) {
      throw new FormatException(
          "the " + compression + " bytes cannot be uncompressed: " + e.getMessage(), e);
    }
    if (length != uncompressedLength) {
      throw new FormatException(
          "the block uncompresses to " + length + " bytes, not " + uncompressedLength);
    }
    return new Canonical(target, 0, uncompressedLength);
  }

  private long uncompress(Canonical source, byte[] target) {
    if (compression == Compression.LZ4) {
      return LZ4Factory.fastestInstance()
          .safeDecompressor()
          .decompress(
              source.array(), source.from(), source.length(), target, 0, uncompressedLength);
    }
    return Zstd.decompressByteArray(
        target, 0, uncompressedLength, source.array(), source.from(), source.length());
  }

  static String hex(int value) {
    return String.format("%08x", value);
  }
}
