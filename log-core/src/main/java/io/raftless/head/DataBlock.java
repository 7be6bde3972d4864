package io.raftless.head;

import io.raftless.format.ArrivingBlocks;
import io.raftless.format.BatchBlock;
import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.format.LogRecord;
import io.raftless.index.InlineBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of some offsets are: a batch block in a WAL object, in a segment or in the
 * head.
 *
 * @param key the object
 * @param position of the block in the object, in bytes; 0 in a head
 * @param length of the block, in bytes
 * @param baseOffset of its first record
 * @param endOffset after its last record
 * @param maxTimestamp largest record timestamp, milliseconds since the epoch
 * @param crc CRC32C of the canonical records as the index or the segment's footer says, 0 to 2³² −
 *     1
 * @param inline the block, if it is in the head; null if it is to be read
 */
public record DataBlock(
    String key,
    long position,
    int length,
    long baseOffset,
    long endOffset,
    long maxTimestamp,
    long crc,
    @Nullable InlineBlock inline) {

  /** A block that is to be read. */
  public DataBlock(
      String key,
      long position,
      int length,
      long baseOffset,
      long endOffset,
      long maxTimestamp,
      long crc) {
    this(key, position, length, baseOffset, endOffset, maxTimestamp, crc, null);
  }

  /** How many records. */
  public int count() {
    return Math.toIntExact(endOffset - baseOffset);
  }

  /**
   * Reads the header of the block, and checks that it is the one that is meant.
   *
   * @param bytes what the object has at its place
   * @throws DamagedException if it is cut off, unreadable or another one
   */
  public BatchBlock parse(int partition, ByteBuffer bytes) {
    if (bytes.remaining() != length) {
      throw new DamagedException(
          damage(
              Damage.Kind.MISSING_OBJECT,
              partition,
              "the object ends after " + bytes.remaining() + " of " + length + " bytes"));
    }
    try {
      BatchBlock block = BatchBlock.parse(bytes);
      if (block.count() != count() || Integer.toUnsignedLong(block.crc()) != crc) {
        throw new FormatException(
            "here are " + block.count() + " records of another batch than the index says");
      }
      return block;
    } catch (FormatException e) {
      throw damaged(partition, e);
    }
  }

  /**
   * Decodes what {@link #parse} gave.
   *
   * @throws DamagedException if the bytes are damaged
   */
  public List<LogRecord> records(int partition, BatchBlock block) {
    try {
      return block.records();
    } catch (FormatException e) {
      throw damaged(partition, e);
    }
  }

  /**
   * The records, made of it while it arrives: as {@link ArrivingBlocks#next}, which says when there
   * are none.
   *
   * @throws DamagedException if the bytes are damaged
   * @throws IOException if the stream breaks
   */
  public Optional<List<LogRecord>> records(int partition, ArrivingBlocks arriving)
      throws IOException {
    try {
      return arriving.next(length, count(), (int) crc);
    } catch (FormatException e) {
      throw damaged(partition, e);
    }
  }

  /** What the records take if they are not compressed, in bytes. */
  public int recordBytes() {
    return length - BatchBlock.HEADER_BYTES;
  }

  private DamagedException damaged(int partition, FormatException cause) {
    return new DamagedException(
        damage(Damage.Kind.DAMAGED_BLOCK, partition, String.valueOf(cause.getMessage())), cause);
  }

  /** Something that is wrong with this block. */
  public Damage damage(Damage.Kind kind, int partition, String what) {
    return Damage.of(kind, partition, key, position, length, baseOffset, endOffset, what);
  }
}
