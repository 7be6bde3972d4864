package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch block, ready to be put into an object.
 *
 * <p>Its bytes may be in memory that is used again: see {@link #release}.
 */
public final class EncodedBatch {
  private final List<ByteBuffer> parts;
  private final int length;
  private final int count;
  private final long maxTimestamp;
  private final int crc;
  private final @Nullable Chunks chunks;

  /**
   * A block.
   *
   * @param parts the block, in parts that follow one another
   * @param chunks where parts of {@link Chunks#CHUNK_BYTES} go when they are released; null if
   *     nowhere
   */
  EncodedBatch(
      List<ByteBuffer> parts, int count, long maxTimestamp, int crc, @Nullable Chunks chunks) {
    this.parts = List.copyOf(parts);
    this.length = parts.stream().mapToInt(ByteBuffer::remaining).sum();
    this.count = count;
    this.maxTimestamp = maxTimestamp;
    this.crc = crc;
    this.chunks = chunks;
  }

  /** The whole block, from position to limit; copied if it is in several parts. */
  public ByteBuffer block() {
    return joined(parts);
  }

  /** Parts that follow one another, as one; copied if there are several. */
  static ByteBuffer joined(List<ByteBuffer> parts) {
    if (parts.size() == 1) {
      return parts.get(0).duplicate();
    }
    ByteBuffer whole = ByteBuffer.allocate(parts.stream().mapToInt(ByteBuffer::remaining).sum());
    parts.forEach(part -> whole.put(part.duplicate()));
    return whole.flip();
  }

  /** The block in parts that follow one another; not to be changed, nor their positions. */
  public List<ByteBuffer> parts() {
    return parts;
  }

  /** What the block takes, in bytes. */
  public int length() {
    return length;
  }

  /** Records in it. */
  public int count() {
    return count;
  }

  /** The largest of their timestamps. */
  public long maxTimestamp() {
    return maxTimestamp;
  }

  /** CRC32C of the canonical uncompressed records. */
  public int crc() {
    return crc;
  }

  /** Lets its memory be used again. Nobody may read the block any more. To be called once. */
  public void release() {
    if (chunks != null) {
      chunks.giveBack(parts);
    }
  }
}
