package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.UUID;

/**
 * The end of a segment object: an index of its blocks by offset and by time, and a trailer that
 * says what the segment is. Who knows its length reads it with one range GET.
 *
 * <pre>
 *  for each block, 20 bytes:
 *  0  4  record count, at least 1
 *  4  4  length
 *  8  8  maximum timestamp
 * 16  4  canonical CRC
 *  and then the trailer, 104 bytes:
 *  0 16  incarnation of the log (UUID)
 * 16 16  label of the segment (UUID)
 * 32  4  partition
 * 36  8  offset of the first record stored
 * 44  8  offset after the last one
 * 52  4  number of blocks, at least 1
 * 56  8  position of the sources section in the object
 * 64  8  base offset of the first source
 * 72  4  number of sources, at least 1
 * 76  4  CRC32C of the sources section
 * 80  8  position of the block index in the object
 * 88  4  CRC32C of the block index
 * 92  4  magic "RLSF"
 * 96  1  format version, 1
 * 97  3  reserved, 0
 * 100  4  CRC32C of bytes 0 to 99 of the trailer
 * </pre>
 *
 * <p>Blocks begin where the ones before them end, in the object and in the log, so neither
 * positions nor offsets are stored: what is not stored cannot contradict itself.
 *
 * <p>Immutable. It takes 32 bytes of memory per block.
 */
public final class SegmentFooter {
  static final byte VERSION = 1;
  static final int TRAILER_BYTES = 104;
  static final int ROW_BYTES = 20;

  private static final int MAGIC = 0x524C5346;
  private static final int MAGIC_AT = 92;
  private static final int VERSION_AT = 96;
  private static final int CHECKED_BYTES = 100;

  private final UUID incarnation;
  private final UUID label;
  private final int partition;
  private final long baseOffset;
  private final int sourceCount;
  private final long sourcesBaseOffset;
  private final int sourcesCrc;

  /** Of each block and, at the end, of the section that follows. */
  private final long[] positions;

  private final long[] ends;
  private final long[] maxTimestamps;
  private final int[] crcs;

  /**
   * A block's place and what is in it.
   *
   * @param baseOffset of its first record
   * @param count records, ≥ 1
   * @param position in the object, in bytes
   * @param length in bytes
   * @param maxTimestamp largest record timestamp, milliseconds since the epoch
   * @param crc CRC32C of its canonical records
   */
  public record Block(
      long baseOffset, int count, long position, int length, long maxTimestamp, int crc) {
    /** The offset after its last record. */
    public long endOffset() {
      return baseOffset + count;
    }

    /**
     * Reads the header of the block and checks that it is the one that the footer means.
     *
     * @param bytes of exactly this block
     * @throws FormatException if it is none, or another one
     */
    public BatchBlock parse(ByteBuffer bytes) {
      BatchBlock block = BatchBlock.parse(bytes);
      if (bytes.remaining() != length
          || block.count() != count
          || block.maxTimestamp() != maxTimestamp
          || block.crc() != crc) {
        throw new FormatException(
            "not the block of "
                + count
                + " records at offset "
                + baseOffset
                + ": its "
                + bytes.remaining()
                + " bytes have "
                + block.count());
      }
      return block;
    }
  }

  /** Of a segment that is being written. */
  SegmentFooter(
      UUID incarnation,
      UUID label,
      int partition,
      List<Block> blocks,
      ProvenanceList sources,
      int sourcesCrc) {
    this.incarnation = incarnation;
    this.label = label;
    this.partition = partition;
    this.baseOffset = blocks.get(0).baseOffset();
    this.sourceCount = sources.size();
    this.sourcesBaseOffset = sources.baseOffset();
    this.sourcesCrc = sourcesCrc;
    int count = blocks.size();
    this.positions = new long[count + 1];
    this.ends = new long[count];
    this.maxTimestamps = new long[count];
    this.crcs = new int[count];
    for (int i = 0; i < count; i++) {
      Block block = blocks.get(i);
      positions[i] = block.position();
      positions[i + 1] = block.position() + block.length();
      ends[i] = block.endOffset();
      maxTimestamps[i] = block.maxTimestamp();
      crcs[i] = block.crc();
    }
  }

  /** Reads what is checked already, except that the rows fit to the trailer. */
  private SegmentFooter(ByteBuffer rows, ByteBuffer trailer) {
    this.incarnation = new UUID(trailer.getLong(0), trailer.getLong(8));
    this.label = new UUID(trailer.getLong(16), trailer.getLong(24));
    this.partition = trailer.getInt(32);
    this.baseOffset = trailer.getLong(36);
    this.sourcesBaseOffset = trailer.getLong(64);
    this.sourceCount = trailer.getInt(72);
    this.sourcesCrc = trailer.getInt(76);
    int count = rows.remaining() / ROW_BYTES;
    this.positions = new long[count + 1];
    this.ends = new long[count];
    this.maxTimestamps = new long[count];
    this.crcs = new int[count];
    long position = SegmentObject.HEADER_BYTES;
    long end = baseOffset;
    for (int i = 0; i < count; i++) {
      int records = rows.getInt();
      int length = rows.getInt();
      if (records < 1 || length < BlockLayout.HEADER_BYTES || end + records < 0) {
        throw new FormatException(
            "the footer claims a block of "
                + records
                + " records in "
                + length
                + " bytes at offset "
                + end);
      }
      positions[i] = position;
      position += length;
      end += records;
      ends[i] = end;
      maxTimestamps[i] = rows.getLong();
      crcs[i] = rows.getInt();
    }
    positions[count] = position;
  }

  /**
   * Reads the footer of a segment.
   *
   * @param tail the last bytes of the object: the footer, or the footer and more before it
   * @param objectBytes the size of the object
   * @throws FormatException if it is none, or damaged, or of a newer version
   */
  public static SegmentFooter decode(ByteBuffer tail, long objectBytes) {
    ByteBuffer bytes = tail.slice();
    int available = bytes.remaining();
    if (available < TRAILER_BYTES || available > objectBytes) {
      throw new FormatException(
          "a segment of "
              + objectBytes
              + " bytes has a footer of more than "
              + TRAILER_BYTES
              + ", not "
              + available);
    }
    ByteBuffer trailer = bytes.slice(available - TRAILER_BYTES, TRAILER_BYTES);
    if (trailer.getInt(MAGIC_AT) != MAGIC) {
      throw new FormatException("not the end of a segment");
    }
    FormatException.requireKnown("segment", trailer.get(VERSION_AT), VERSION);
    if (trailer.getInt(CHECKED_BYTES) != BlockLayout.crc32c(trailer.slice(0, CHECKED_BYTES))) {
      throw new FormatException("the trailer of the segment is damaged");
    }
    int blocks = trailer.getInt(52);
    long rowsBytes = (long) blocks * ROW_BYTES;
    long indexPosition = trailer.getLong(80);
    if (blocks < 1
        || rowsBytes > available - TRAILER_BYTES
        || indexPosition != objectBytes - TRAILER_BYTES - rowsBytes) {
      throw new FormatException(
          "the footer of "
              + blocks
              + " blocks at "
              + indexPosition
              + " is not in the last "
              + available
              + " of "
              + objectBytes
              + " bytes");
    }
    ByteBuffer rows = bytes.slice(available - TRAILER_BYTES - (int) rowsBytes, (int) rowsBytes);
    if (trailer.getInt(88) != BlockLayout.crc32c(rows)) {
      throw new FormatException("the block index of the segment is damaged");
    }
    long baseOffset = trailer.getLong(36);
    if (baseOffset < 0 || trailer.getInt(32) < 0) {
      throw new FormatException(
          "a segment of partition " + trailer.getInt(32) + " at offset " + baseOffset);
    }
    SegmentFooter footer = new SegmentFooter(rows, trailer);
    footer.requireCoherent(trailer.getLong(44), trailer.getLong(56), indexPosition);
    return footer;
  }

  private void requireCoherent(long endOffset, long sourcesPosition, long indexPosition) {
    long sourcesBytes = (long) sourceCount * ProvenanceList.ROW_BYTES;
    if (endOffset != endOffset()
        || sourcesPosition != sourcesPosition()
        || sourceCount < 1
        || sourcesPosition + sourcesBytes != indexPosition
        || sourcesBaseOffset < 0
        || sourcesBaseOffset > baseOffset
        || endOffset - sourcesBaseOffset < sourceCount) {
      throw new FormatException(
          "the footer of the segment contradicts itself: offsets "
              + baseOffset
              + " to "
              + endOffset
              + ", blocks up to offset "
              + endOffset()
              + " and position "
              + sourcesPosition()
              + ", "
              + sourceCount
              + " sources from offset "
              + sourcesBaseOffset
              + " at position "
              + sourcesPosition
              + ", block index at "
              + indexPosition);
    }
  }

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(footerBytes());
    for (Block block : blocks()) {
      bytes.putInt(block.count()).putInt(block.length()).putLong(block.maxTimestamp());
      bytes.putInt(block.crc());
    }
    int start = bytes.position();
    int indexCrc = BlockLayout.crc32c(bytes.slice(0, start));
    bytes.putLong(incarnation.getMostSignificantBits());
    bytes.putLong(incarnation.getLeastSignificantBits());
    bytes.putLong(label.getMostSignificantBits()).putLong(label.getLeastSignificantBits());
    bytes.putInt(partition).putLong(baseOffset).putLong(endOffset()).putInt(ends.length);
    bytes.putLong(sourcesPosition()).putLong(sourcesBaseOffset).putInt(sourceCount);
    bytes.putInt(sourcesCrc).putLong(sourcesPosition() + sourcesBytes()).putInt(indexCrc);
    bytes.putInt(MAGIC).put(VERSION).put(new byte[3]);
    bytes.putInt(BlockLayout.crc32c(bytes.slice(start, CHECKED_BYTES)));
    return bytes.flip();
  }

  /** The incarnation of the log. */
  public UUID incarnation() {
    return incarnation;
  }

  /** The label of the segment. */
  public UUID label() {
    return label;
  }

  /** The partition. */
  public int partition() {
    return partition;
  }

  /** The offset of the first record that is stored. */
  public long baseOffset() {
    return baseOffset;
  }

  /** The offset after the last record. */
  public long endOffset() {
    return ends[ends.length - 1];
  }

  /** The largest record timestamp, milliseconds since the epoch. */
  public long maxTimestamp() {
    long max = Long.MIN_VALUE;
    for (long timestamp : maxTimestamps) {
      max = Math.max(max, timestamp);
    }
    return max;
  }

  /** What the footer takes at the end of the object, in bytes. */
  public int footerBytes() {
    return ends.length * ROW_BYTES + TRAILER_BYTES;
  }

  /** The size of the object, in bytes. */
  public long objectBytes() {
    return sourcesPosition() + sourcesBytes() + footerBytes();
  }

  /** Where the sources section is in the object. */
  public long sourcesPosition() {
    return positions[ends.length];
  }

  /** What the sources section takes, in bytes. */
  public long sourcesBytes() {
    return (long) sourceCount * ProvenanceList.ROW_BYTES;
  }

  /** The offset of the first record of the first source; it may have been trimmed since. */
  public long sourcesBaseOffset() {
    return sourcesBaseOffset;
  }

  /**
   * Reads the sources section.
   *
   * @param section {@link #sourcesBytes} from {@link #sourcesPosition} on
   * @throws FormatException if it is damaged
   */
  public ProvenanceList decodeSources(ByteBuffer section) {
    if (section.remaining() != sourcesBytes() || BlockLayout.crc32c(section) != sourcesCrc) {
      throw new FormatException("the sources section of the segment is damaged");
    }
    ProvenanceList sources =
        ProvenanceList.decodeRows(incarnation, partition, sourcesBaseOffset, sourceCount, section);
    if (sources.endOffset() != endOffset()) {
      throw new FormatException(
          "the sources of the segment end at offset "
              + sources.endOffset()
              + ", its records at "
              + endOffset());
    }
    return sources;
  }

  /**
   * Checks that the beginning of the object belongs to this footer.
   *
   * @param header what the object has before its first block
   * @throws FormatException if it does not
   */
  public void requireHeader(ByteBuffer header) {
    if (!header.equals(SegmentObject.header(incarnation, label, partition, baseOffset))) {
      throw new FormatException("it is not the one of segment " + label);
    }
  }

  /** All blocks, in order. */
  public List<Block> blocks() {
    return new Blocks(0);
  }

  /**
   * The block that holds the record at an offset.
   *
   * @param offset at least {@link #baseOffset} and less than {@link #endOffset}
   */
  public Block blockAt(long offset) {
    if (offset < baseOffset || offset >= endOffset()) {
      throw new IllegalArgumentException(
          "offset " + offset + " is not in [" + baseOffset + ", " + endOffset() + ")");
    }
    return block(indexOf(offset));
  }

  /** The blocks with records at or after an offset, in order; none if there are no such records. */
  public List<Block> blocksFrom(long offset) {
    return new Blocks(offset < baseOffset ? 0 : indexOf(offset));
  }

  /**
   * The first block with a record of this time or later. Timestamps need not ascend: the blocks
   * after it may be older.
   *
   * @param timestamp milliseconds since the epoch
   */
  public Optional<Block> firstBlockAtOrAfterTime(long timestamp) {
    for (int i = 0; i < maxTimestamps.length; i++) {
      if (maxTimestamps[i] >= timestamp) {
        return Optional.of(block(i));
      }
    }
    return Optional.empty();
  }

  /** The first block that ends after the offset, or the number of blocks if there is none. */
  private int indexOf(long offset) {
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private Block block(int index) {
    long base = index == 0 ? baseOffset : ends[index - 1];
    return new Block(
        base,
        (int) (ends[index] - base),
        positions[index],
        (int) (positions[index + 1] - positions[index]),
        maxTimestamps[index],
        crcs[index]);
  }

  /** A view: there may be very many blocks. */
  private final class Blocks extends AbstractList<Block> implements RandomAccess {
    private final int from;

    Blocks(int from) {
      this.from = from;
    }

    @Override
    public Block get(int index) {
      if (index < 0 || index >= size()) {
        throw new IndexOutOfBoundsException("block " + index + " of " + size());
      }
      return block(from + index);
    }

    @Override
    public int size() {
      return ends.length - from;
    }
  }
}
