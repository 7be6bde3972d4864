package io.raftless.format;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
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

  private static final int HEADER = BlockLayout.HEADER_BYTES;

  private static final int MAX_VARINT_BYTES = 10;

  /** What a writer buffers and one record more always fit into a block. */
  private static final long MAX_RECORD_BYTES = 256L << 20;

  /** Null if arrays are not used again. */
  private final @Nullable Chunks chunks;

  /**
   * Arrays that are full. Nothing is copied when a block grows: it continues in the next array. The
   * first {@link BlockLayout#HEADER_BYTES} of the first one are kept free for the header.
   */
  private final List<byte[]> full = new ArrayList<>();

  private byte[] buffer = new byte[FIRST_BYTES];
  private int limit = HEADER;

  /** In the arrays that are full, the header included. */
  private int fullBytes;

  /** Of the records in arrays that are full: summed up while they are in the processor's cache. */
  private final CRC32C crc = new CRC32C();

  private int count;
  private long baseTimestamp = Long.MAX_VALUE;
  private long maxTimestamp = Long.MIN_VALUE;

  public BatchBuilder() {
    this.chunks = null;
  }

  /** A builder whose memory is taken from a pool, and goes back there when its block does. */
  public BatchBuilder(Chunks chunks) {
    this.chunks = chunks;
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
    if (fullBytes + limit + most > BlockLayout.MAX_UNCOMPRESSED_BYTES) {
      throw new FormatException(
          "a record of up to " + most + " bytes does not fit into a block: at most 1 GiB each");
    }
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
    Canonical canonical = block.canonicalBytes();
    putRaw(canonical.array(), canonical.from(), canonical.length());
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
    return fullBytes + limit - HEADER;
  }

  /** An upper bound, in bytes, of the block that would be made now, whatever the compression. */
  public int mostBlockBytes() {
    return HEADER + uncompressedBytes();
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
    List<ByteBuffer> parts = parts();
    int crc = crc();
    if (compression != Compression.NONE) {
      byte[] target = Scratch.TARGET.atLeast(maxCompressedLength(compression, uncompressed));
      try {
        int length = compress(compression, zstdLevel, parts, uncompressed, target);
        if (length < uncompressed) {
          List<ByteBuffer> stored = replaced(parts, target, length);
          int storedCrc = BlockLayout.crc32c(target, 0, length);
          putHeader(stored.get(0), compression, uncompressed, crc, length, storedCrc);
          return new EncodedBatch(stored, count, maxTimestamp, crc, chunks);
        }
      } finally {
        Scratch.TARGET.done(target);
      }
    }
    putHeader(parts.get(0), Compression.NONE, uncompressed, crc, uncompressed, crc);
    return new EncodedBatch(parts, count, maxTimestamp, crc, chunks);
  }

  private List<ByteBuffer> parts() {
    List<ByteBuffer> parts = new ArrayList<>(full.size() + 1);
    full.forEach(array -> parts.add(ByteBuffer.wrap(array)));
    if (limit > 0) {
      parts.add(ByteBuffer.wrap(buffer, 0, limit));
    }
    return parts;
  }

  private int crc() {
    addToCrc();
    return (int) crc.getValue();
  }

  /** What the last array has. */
  private void addToCrc() {
    int from = full.isEmpty() ? HEADER : 0;
    crc.update(buffer, from, limit - from);
  }

  private void putHeader(
      ByteBuffer start, Compression used, int uncompressed, int crc, int stored, int storedCrc) {
    ByteBuffer header = start.duplicate();
    header.putInt(BlockLayout.MAGIC).put(BlockLayout.VERSION).put((byte) used.code());
    header.putShort((short) 0).putInt(count).putLong(baseTimestamp).putLong(maxTimestamp);
    header.putInt(uncompressed).putInt(stored).putInt(storedCrc).putInt(crc);
    header.putInt(BlockLayout.crc32c(start.slice(0, BlockLayout.CHECKED_BYTES)));
  }

  /**
   * Compressed bytes in the arrays that the records were in, with room for a header: so they take
   * no new memory, and never more than before. Only where they end in the middle of an array there
   * is a new one of that length, since all of it would be more than any budget counts.
   */
  private List<ByteBuffer> replaced(List<ByteBuffer> parts, byte[] compressed, int length) {
    List<ByteBuffer> stored = new ArrayList<>();
    List<ByteBuffer> spare = new ArrayList<>();
    int done = 0;
    for (ByteBuffer part : parts) {
      int from = stored.isEmpty() ? HEADER : 0;
      int some = Math.min(part.remaining() - from, length - done);
      if (from + some == 0) {
        spare.add(part);
        continue;
      }
      ByteBuffer into = part;
      if (from + some < part.capacity()) {
        into = ByteBuffer.allocate(from + some);
        spare.add(part);
      }
      into.put(from, compressed, done, some);
      stored.add(into);
      done += some;
    }
    if (chunks != null) {
      chunks.giveBack(spare);
    }
    return stored;
  }

  private static int maxCompressedLength(Compression compression, int length) {
    return switch (compression) {
      case NONE -> length;
      case LZ4 -> LZ4Factory.fastestInstance().fastCompressor().maxCompressedLength(length);
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
    };
  }

  private static int compress(
      Compression compression,
      int zstdLevel,
      List<ByteBuffer> parts,
      int uncompressed,
      byte[] target) {
    byte[] source = Scratch.SOURCE.atLeast(uncompressed);
    try {
      int at = 0;
      for (int i = 0; i < parts.size(); i++) {
        ByteBuffer part = parts.get(i).duplicate();
        if (i == 0) {
          part.position(HEADER);
        }
        int length = part.remaining();
        part.get(source, at, length);
        at += length;
      }
      return compress(compression, zstdLevel, source, uncompressed, target);
    } finally {
      Scratch.SOURCE.done(source);
    }
  }

  private static int compress(
      Compression compression, int zstdLevel, byte[] source, int length, byte[] target) {
    return switch (compression) {
      case NONE -> throw new IllegalArgumentException("nothing to compress");
      case LZ4 -> {
        LZ4Compressor lz4 = LZ4Factory.fastestInstance().fastCompressor();
        yield lz4.compress(source, 0, length, target, 0, target.length);
      }
      case ZSTD -> {
        long written =
            Zstd.compressByteArray(target, 0, target.length, source, 0, length, zstdLevel);
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
    putRaw(bytes, 0, bytes.length);
  }

  private void putRaw(byte[] bytes, int from, int length) {
    int done = 0;
    while (done < length) {
      if (limit == buffer.length) {
        nextBuffer();
      }
      int some = Math.min(length - done, buffer.length - limit);
      System.arraycopy(bytes, from + done, buffer, limit, some);
      limit += some;
      done += some;
    }
  }

  private void putSigned(long value) {
    putUnsigned((value << 1) ^ (value >> 63));
  }

  private void putUnsigned(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      putByte((byte) (rest | 0x80));
      rest >>>= 7;
    }
    putByte((byte) rest);
  }

  private void putByte(byte value) {
    if (limit == buffer.length) {
      nextBuffer();
    }
    buffer[limit++] = value;
  }

  private void nextBuffer() {
    addToCrc();
    full.add(buffer);
    fullBytes += limit;
    // By half of what there is, not by doubling it: what is spare is not counted in any budget.
    int next = Math.max(FIRST_BYTES, fullBytes / 2);
    if (next < Chunks.CHUNK_BYTES) {
      buffer = new byte[next];
    } else {
      buffer = chunks == null ? new byte[Chunks.CHUNK_BYTES] : chunks.take();
    }
    limit = 0;
  }
}
