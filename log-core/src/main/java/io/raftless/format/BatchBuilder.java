package io.raftless.format;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/**
 * Collects records of one partition and turns them into a batch block.
 *
 * <p>The canonical bytes of a record do not depend on its block: timestamps are absolute, so blocks
 * can be merged and split without changing what the canonical CRC of a batch covers (design §5).
 *
 * <p>Not thread-safe.
 */
public final class BatchBuilder {
  /** Small: a writer has one of these for each of thousands of partitions. */
  private static final int FIRST_BYTES = 256;

  private static final int MAX_VARINT_BYTES = 10;

  /** What a writer buffers and one record more always fit into a block. */
  private static final long MAX_RECORD_BYTES = 256L << 20;

  /** The first {@link BlockLayout#HEADER_BYTES} are kept free for the header. */
  private byte[] buffer;

  private int limit = BlockLayout.HEADER_BYTES;
  private int count;
  private long baseTimestamp = Long.MAX_VALUE;
  private long maxTimestamp = Long.MIN_VALUE;

  public BatchBuilder() {
    this.buffer = new byte[FIRST_BYTES];
  }

  /** An upper bound, in bytes, of what a record takes before compression. */
  public static long maxEncodedBytes(LogRecord record) {
    long bytes = 4L * MAX_VARINT_BYTES + length(record.key()) + length(record.value());
    for (RecordHeader header : record.headers()) {
      bytes += 2L * MAX_VARINT_BYTES + 3L * header.name().length() + length(header.value());
    }
    return bytes;
  }

  private static int length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  /**
   * The same, for a record that is not too large.
   *
   * @throws IllegalArgumentException if it is
   */
  public static long requireFitting(LogRecord record) {
    long bytes = maxEncodedBytes(record);
    if (bytes > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "a record of up to " + bytes + " bytes is too large: at most " + MAX_RECORD_BYTES);
    }
    return bytes;
  }

  /**
   * Adds a record at the end.
   *
   * @throws FormatException if the block would become larger than a block may be (1 GiB)
   */
  public void add(LogRecord record) {
    long most = maxEncodedBytes(record);
    if (limit + most > BlockLayout.MAX_UNCOMPRESSED_BYTES) {
      throw new FormatException(
          "a record of up to " + most + " bytes does not fit into a block: at most 1 GiB each");
    }
    reserve((int) most);
    putBytes(record.key());
    putBytes(record.value());
    List<RecordHeader> headers = record.headers();
    putUnsigned(headers.size());
    for (RecordHeader header : headers) {
      byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
      putUnsigned(name.length);
      putRaw(name);
      putBytes(header.value());
    }
    putSigned(record.timestamp());
    count++;
    baseTimestamp = Math.min(baseTimestamp, record.timestamp());
    maxTimestamp = Math.max(maxTimestamp, record.timestamp());
  }

  /**
   * Adds the records of a block at the end, checking both its checksums. They are copied as they
   * are, not parsed.
   *
   * @throws FormatException if the block is damaged, or this one would become larger than a block
   *     may be (1 GiB)
   */
  public void addAll(BatchBlock block) {
    long uncompressed = uncompressedBytes() + (long) block.uncompressedBytes();
    long total = (long) count + block.count();
    if (uncompressed > BlockLayout.MAX_UNCOMPRESSED_BYTES || total > Integer.MAX_VALUE) {
      throw new FormatException(
          total + " records of " + uncompressed + " bytes do not fit into a block: at most 1 GiB");
    }
    byte[] canonical = block.canonicalBytes();
    reserve(canonical.length);
    putRaw(canonical);
    count = (int) total;
    baseTimestamp = Math.min(baseTimestamp, block.baseTimestamp());
    maxTimestamp = Math.max(maxTimestamp, block.maxTimestamp());
  }

  /** Records added so far. */
  public int count() {
    return count;
  }

  /** Bytes of the records added so far, before compression. */
  public int uncompressedBytes() {
    return limit - BlockLayout.HEADER_BYTES;
  }

  /**
   * Makes the block, with {@link Compression#DEFAULT_ZSTD_LEVEL} if it is zstd. The builder must
   * not be used any more.
   *
   * @throws IllegalStateException if there are no records
   */
  public EncodedBatch build(Compression compression) {
    return build(compression, Compression.DEFAULT_ZSTD_LEVEL);
  }

  /**
   * Makes the block. The builder must not be used any more.
   *
   * @param zstdLevel 1 to 22; of no effect on other compressions
   * @throws IllegalStateException if there are no records
   */
  public EncodedBatch build(Compression compression, int zstdLevel) {
    Compression.requireZstdLevel(zstdLevel);
    if (count == 0) {
      throw new IllegalStateException("a batch has at least one record");
    }
    int uncompressed = uncompressedBytes();
    int crc = BlockLayout.crc32c(buffer, BlockLayout.HEADER_BYTES, uncompressed);
    byte[] block = buffer;
    int stored = uncompressed;
    Compression used = compression;
    if (compression != Compression.NONE) {
      byte[] target =
          new byte[BlockLayout.HEADER_BYTES + maxCompressedLength(compression, uncompressed)];
      int compressed = compress(compression, zstdLevel, uncompressed, target);
      if (compressed < uncompressed) {
        block = target;
        stored = compressed;
      } else {
        used = Compression.NONE;
      }
    }
    ByteBuffer header = ByteBuffer.wrap(block);
    header.putInt(BlockLayout.MAGIC).put(BlockLayout.VERSION).put((byte) used.code());
    header.putShort((short) 0).putInt(count).putLong(baseTimestamp).putLong(maxTimestamp);
    header.putInt(uncompressed).putInt(stored);
    header.putInt(BlockLayout.crc32c(block, BlockLayout.HEADER_BYTES, stored)).putInt(crc);
    header.putInt(BlockLayout.crc32c(block, 0, BlockLayout.CHECKED_BYTES));
    ByteBuffer whole = ByteBuffer.wrap(block, 0, BlockLayout.HEADER_BYTES + stored).slice();
    return new EncodedBatch(whole, count, maxTimestamp, crc);
  }

  private static int maxCompressedLength(Compression compression, int length) {
    return switch (compression) {
      case NONE -> length;
      case LZ4 -> LZ4Factory.fastestInstance().fastCompressor().maxCompressedLength(length);
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
    };
  }

  private int compress(Compression compression, int zstdLevel, int length, byte[] target) {
    int from = BlockLayout.HEADER_BYTES;
    int room = target.length - from;
    return switch (compression) {
      case NONE -> throw new IllegalArgumentException("nothing to compress");
      case LZ4 -> {
        LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
        yield lz4.compress(buffer, from, length, target, from, room);
      }
      case ZSTD -> {
        long written = Zstd.compressByteArray(target, from, room, buffer, from, length, zstdLevel);
        if (Zstd.isError(written)) {
          throw new IllegalStateException("zstd: " + Zstd.getErrorName(written));
        }
        yield (int) written;
      }
    };
  }

  /** Null is 0, and every other length is one more than it is. */
  private void putBytes(byte @Nullable [] bytes) {
    if (bytes == null) {
      putUnsigned(0);
    } else {
      putUnsigned(bytes.length + 1L);
      putRaw(bytes);
    }
  }

  private void putRaw(byte[] bytes) {
    System.arraycopy(bytes, 0, buffer, limit, bytes.length);
    limit += bytes.length;
  }

  private void putSigned(long value) {
    putUnsigned((value << 1) ^ (value >> 63));
  }

  private void putUnsigned(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      buffer[limit++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[limit++] = (byte) rest;
  }

  private void reserve(int bytes) {
    int needed = Math.addExact(limit, bytes);
    if (needed > buffer.length) {
      // By half, not by doubling: what is spare is not counted in any budget.
      long grown = Math.min(buffer.length + (buffer.length >> 1), 1L << 30);
      buffer = Arrays.copyOf(buffer, (int) Math.max(needed, grown));
    }
  }
}
