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
  /** What a block takes beyond its records. */
  public static final int HEADER_BYTES = BlockLayout.HEADER_BYTES;

  private static final byte[] NOTHING = new byte[0];

  private final ByteBuffer block;
  private final ByteBuffer stored;
  private final BlockHeader header;

  private BatchBlock(ByteBuffer block) {
    this.header = BlockHeader.parse(block, block.remaining());
    this.block = block.slice();
    this.stored = block.slice(block.position() + BlockLayout.HEADER_BYTES, header.storedLength());
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
    return header.count();
  }

  /** The smallest timestamp in the block. */
  public long baseTimestamp() {
    return header.baseTimestamp();
  }

  /** The largest timestamp in the block. */
  public long maxTimestamp() {
    return header.maxTimestamp();
  }

  /** CRC32C of the canonical uncompressed records, as the header says. */
  public int crc() {
    return header.crc();
  }

  /** What the records take before compression, in bytes. */
  public int uncompressedBytes() {
    return header.uncompressedLength();
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
    return header.compression();
  }

  /**
   * Decodes all records, checking both checksums. Of a block that is not compressed each record is
   * made when it is asked for, and nothing can be wrong with it then.
   *
   * @return immutable
   * @throws FormatException if the bytes are damaged
   */
  public List<LogRecord> records() {
    if (compression() == Compression.NONE) {
      return DecodedRecords.of(canonicalBytes(), count());
    }
    requireIntact();
    // Records are copies, so that what they are copied from is used again.
    byte[] scratch = Scratch.TARGET.atLeast(uncompressedBytes());
    try {
      return records(checked(uncompress(scratch)));
    } finally {
      Scratch.TARGET.done(scratch);
    }
  }

  private List<LogRecord> records(Canonical canonical) {
    RecordCursor cursor = new RecordCursor(canonical);
    LogRecord[] records = new LogRecord[count()];
    for (int i = 0; i < count(); i++) {
      records[i] = cursor.read();
    }
    cursor.requireEnd(count());
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
    requireIntact(BlockLayout.crc32c(stored), header.storedCrc());
  }

  static void requireIntact(int actual, int expected) {
    if (actual != expected) {
      throw new FormatException(
          "the stored bytes are damaged: CRC32C "
              + BlockHeader.hex(actual)
              + ", not "
              + BlockHeader.hex(expected));
    }
  }

  /** The canonical bytes, checking both checksums. */
  Canonical canonicalBytes() {
    requireIntact();
    return checked(
        uncompress(compression() == Compression.NONE ? NOTHING : new byte[uncompressedBytes()]));
  }

  private Canonical checked(Canonical canonical) {
    if (compression() == Compression.NONE && header.storedCrc() == crc()) {
      return canonical; // They are the stored ones, and those are right.
    }
    int actual = BlockLayout.crc32c(canonical.array(), canonical.from(), canonical.length());
    if (actual != crc()) {
      throw new FormatException(
          "the uncompressed records are damaged: CRC32C "
              + BlockHeader.hex(actual)
              + ", not "
              + BlockHeader.hex(crc()));
    }
    return canonical;
  }

  /**
   * Uncompresses.
   *
   * @param target of at least the uncompressed length, unless nothing is compressed
   */
  private Canonical uncompress(byte[] target) {
    Canonical source = Canonical.of(stored);
    if (compression() == Compression.NONE) {
      if (source.length() != uncompressedBytes()) {
        throw new FormatException(
            "an uncompressed block of "
                + source.length()
                + " bytes claims to hold "
                + uncompressedBytes());
      }
      return source;
    }
    if (compression() == Compression.ZSTD) {
      // A frame says how large it gets: another cheap question before it is uncompressed.
      long claimed = Zstd.getFrameContentSize(source.array(), source.from(), source.length());
      if (claimed > 0 && claimed != uncompressedBytes()) {
        throw new FormatException(
            "the zstd frame uncompresses to " + claimed + " bytes, not " + uncompressedBytes());
      }
    }
    long length;
    try {
      length = uncompress(source, target);
    } catch (LZ4Exception | ZstdException e) {
      throw new FormatException(
          "the " + compression() + " bytes cannot be uncompressed: " + e.getMessage(), e);
    }
    if (length != uncompressedBytes()) {
      throw new FormatException(
          "the block uncompresses to " + length + " bytes, not " + uncompressedBytes());
    }
    return new Canonical(target, 0, uncompressedBytes());
  }

  private long uncompress(Canonical source, byte[] target) {
    if (compression() == Compression.LZ4) {
      return LZ4Factory.fastestInstance()
          .safeDecompressor()
          .decompress(
              source.array(), source.from(), source.length(), target, 0, uncompressedBytes());
    }
    return Zstd.decompressByteArray(
        target, 0, uncompressedBytes(), source.array(), source.from(), source.length());
  }
}
