package io.raftless.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Blocks that lie side by side, read while they arrive. The records of one that is not compressed
 * are made of what was just received: no array is cleared and filled for the block and gone through
 * again, and nothing of it is kept but its records. They are given out once the whole block was
 * found right, as {@link BatchBlock#records} does it.
 *
 * <p>Not thread-safe.
 */
public final class ArrivingBlocks implements AutoCloseable {
  /**
   * Records of fewer bytes, on average, take much more as objects than the memory budgets of
   * readers count: they wait as bytes, and are made when they are asked for.
   */
  private static final int LEAST_RECORD_BYTES = 256;

  /** What is not summed up yet may be wrong, and must not take much memory before that is known. */
  private static final int MOST_BLOCK_BYTES = 16 << 20;

  private static final byte[] NOTHING = new byte[0];

  private final byte[] window = Scratch.ARRIVING.atLeast(Scratch.LEAST_BYTES);
  private final ArrivingBytes bytes;

  /** What was read of the block that {@link #next} did not decode. */
  private byte[] begun = NOTHING;

  /**
   * Nothing was read yet.
   *
   * @param stream has the blocks and nothing else; it is not closed
   * @param length of all blocks, in bytes
   */
  public ArrivingBlocks(InputStream stream, int length) {
    this.bytes = new ArrivingBytes(stream, length, window);
  }

  /**
   * The records of the next block, if they are made of it while it arrives. If not, because it is
   * compressed, very large or of small records, or there is something wrong with its header, {@link
   * #rest} has it.
   *
   * @param length of the block, in bytes
   * @param count of the records that it should have
   * @param crc that they should have
   * @return immutable
   * @throws FormatException if the bytes are damaged; what comes after them can be read on
   * @throws IOException if the stream breaks, or ends before the block does
   */
  public Optional<List<LogRecord>> next(int length, int count, int crc) throws IOException {
    if (length < BlockLayout.HEADER_BYTES || length > MOST_BLOCK_BYTES) {
      return Optional.empty();
    }
    try {
      bytes.begin(BlockLayout.HEADER_BYTES);
      byte[] start = bytes.take(BlockLayout.HEADER_BYTES);
      if (length / count < LEAST_RECORD_BYTES || !isAsExpected(start, length, count, crc)) {
        begun = start;
        return Optional.empty();
      }
      bytes.begin(length - BlockLayout.HEADER_BYTES);
      return Optional.of(records(count, crc));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Whether it is not compressed and nothing contradicts anything. */
  private static boolean isAsExpected(byte[] start, int length, int count, int crc) {
    try {
      BlockHeader header = BlockHeader.parse(ByteBuffer.wrap(start), length);
      return header.compression() == Compression.NONE
          && header.uncompressedLength() == header.storedLength()
          && header.count() == count
          && header.crc() == crc
          && header.storedCrc() == crc;
    } catch (FormatException e) {
      return false; // Whoever reads it as a whole will say what is wrong, and where.
    }
  }

  private List<LogRecord> records(int count, int crc) {
    LogRecord[] records = new LogRecord[count];
    FormatException trouble = null;
    try {
      for (int i = 0; i < count; i++) {
        records[i] = bytes.read();
      }
      bytes.requireEnd(count);
    } catch (FormatException e) {
      trouble = e;
      bytes.skipRest();
    }
    BatchBlock.requireIntact(bytes.sum(), crc);
    if (trouble != null) {
      throw trouble;
    }
    return List.of(records);
  }

  /**
   * The block that {@link #next} did not decode, and what follows it.
   *
   * @param length of both, in bytes
   * @throws IOException if the stream breaks, or ends before they do
   */
  public ByteBuffer rest(int length) throws IOException {
    ByteBuffer rest = ByteBuffer.allocate(length).put(begun);
    begun = NOTHING;
    try {
      bytes.begin(rest.remaining());
      bytes.takeInto(rest.array(), rest.position(), rest.remaining());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return rest.rewind();
  }

  /**
   * Goes on behind blocks that nobody wants.
   *
   * @param length of them, in bytes
   * @throws IOException if the stream breaks, or ends before they do
   */
  public void skip(int length) throws IOException {
    try {
      bytes.begin(length);
      bytes.skipRest();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    Scratch.ARRIVING.done(window);
  }
}
