package io.raftless.format;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * A batch block as read: its header, checked, and its records when asked for.
 *
 * <p>Any bytes at all give a block or a {@link FormatException}, and nothing is allocated before
 * the header's own checksum was found right.
 */
public final class BatchBlock {
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
        || uncompressedLength < 0
        || uncompressedLength > BlockLayout.MAX_UNCOMPRESSED_BYTES
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

  /** How the records are stored. */
  public Compression compression() {
    return compression;
  }

  /**
   * Decodes all records, checking both checksums.
   *
   * @throws FormatException if the bytes are damaged
   */
  public List<LogRecord> records() {
    int actualStored = BlockLayout.crc32c(stored);
    if (actualStored != storedCrc) {
      throw new FormatException(
          "the stored bytes are damaged: CRC32C " + hex(actualStored) + ", not " + hex(storedCrc));
    }
    byte[] bytes = uncompress();
    int actual = BlockLayout.crc32c(bytes, 0, bytes.length);
    if (actual != crc) {
      throw new FormatException(
          "the uncompressed records are damaged: CRC32C " + hex(actual) + ", not " + hex(crc));
    }
    return new RecordParser(bytes).parse(count);
  }

  private byte[] uncompress() {
    byte[] source = new byte[stored.remaining()];
    stored.duplicate().get(source);
    if (compression == Compression.NONE) {
      if (source.length != uncompressedLength) {
        throw new FormatException(
            "an uncompressed block of "
                + source.length
                + " bytes claims to hold "
                + uncompressedLength);
      }
      return source;
    }
    byte[] target = new byte[uncompressedLength];
    long length;
    try {
      length =
          compression == Compression.LZ4
              ? LZ4Factory.fastestInstance()
                  .safeDecompressor()
                  .decompress(source, 0, source.length, target, 0)
              : Zstd.decompressByteArray(target, 0, target.length, source, 0, source.length);
    } catch (LZ4Exception e) {
      throw new FormatException("the lz4 bytes cannot be uncompressed", e);
    }
    if (compression == Compression.ZSTD && Zstd.isError(length)) {
      throw new FormatException(
          "the zstd bytes cannot be uncompressed: " + Zstd.getErrorName(length));
    }
    if (length != target.length) {
      throw new FormatException(
          "the block uncompresses to " + length + " bytes, not " + target.length);
    }
    return target;
  }

  private static String hex(int value) {
    return String.format("%08x", value);
  }

  /** Reads records out of canonical bytes; every length is checked before it is believed. */
  private static final class RecordParser {
    private final byte[] bytes;
    private int next;

    RecordParser(byte[] bytes) {
      this.bytes = bytes;
    }

    List<LogRecord> parse(int count) {
      List<LogRecord> records = new ArrayList<>(Math.min(count, bytes.length));
      for (int i = 0; i < count; i++) {
        byte[] key = nullableBytes();
        byte[] value = nullableBytes();
        List<RecordHeader> headers = headers();
        long zigzag = unsigned();
        long timestamp = (zigzag >>> 1) ^ -(zigzag & 1);
        records.add(new LogRecord(key, value, headers, timestamp));
      }
      if (next != bytes.length) {
        throw new FormatException(
            (bytes.length - next) + " bytes are left over after " + count + " records");
      }
      return records;
    }

    private List<RecordHeader> headers() {
      long count = unsigned();
      if (count == 0) {
        return List.of();
      }
      if (count < 0 || count > bytes.length - next) {
        throw new FormatException("a record claims to have " + count + " headers");
      }
      List<RecordHeader> headers = new ArrayList<>((int) count);
      for (int i = 0; i < count; i++) {
        int length = checked(unsigned());
        String name = new String(bytes, next, length, StandardCharsets.UTF_8);
        next += length;
        headers.add(new RecordHeader(name, nullableBytes()));
      }
      return headers;
    }

    private byte @Nullable [] nullableBytes() {
      long lengthPlusOne = unsigned();
      if (lengthPlusOne == 0) {
        return null;
      }
      int length = checked(lengthPlusOne - 1);
      byte[] copy = new byte[length];
      System.arraycopy(bytes, next, copy, 0, length);
      next += length;
      return copy;
    }

    private int checked(long length) {
      if (length < 0 || length > bytes.length - next) {
        throw new FormatException(
            "a record claims " + length + " bytes where " + (bytes.length - next) + " are left");
      }
      return (int) length;
    }

    private long unsigned() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        if (next == bytes.length) {
          throw new FormatException("the records end in the middle of a number");
        }
        byte b = bytes[next++];
        value |= (long) (b & 0x7F) << shift;
        if (b >= 0) {
          return value;
        }
      }
      throw new FormatException("a number has more than ten bytes");
    }
  }
}
