package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts source batches, and blocks of older segments, together into one segment, in order.
 *
 * <p>A block that is large already is copied as it is. Small neighbours are uncompressed, put
 * together and compressed again: the canonical bytes of a record do not depend on its block, so no
 * record is parsed. A block is never divided, so a source is never divided over blocks either, or
 * over segments.
 *
 * <p>Everything is checked on its way: the checksums of each block, and its record count and
 * canonical CRC against what its source is said to have. After an exception the writer must not be
 * used any more.
 *
 * <p>Memory: the object as it grows, and one block. Nothing that was handed in is kept for longer
 * than until the next block, but it must not change until then.
 *
 * <p>Not thread-safe.
 */
public final class SegmentWriter {
  private static final int MAX_OBJECT_BYTES = Integer.MAX_VALUE - 8;
  private static final int MIN_CAPACITY = 64 << 10;

  private final UUID incarnation;
  private final UUID label;
  private final int partition;
  private final long baseOffset;
  private final SegmentSettings settings;
  private final ProvenanceList.Builder sources;
  private final List<SegmentFooter.Block> blocks = new ArrayList<>();

  /** The object so far, without what is in {@code merged}. */
  private byte[] object;

  private int limit;

  /** The offset after the last record in {@code object}. */
  private long storedEnd;

  /** The offset after the last record that was handed in. */
  private long endOffset;

  private long maxTimestamp = Long.MIN_VALUE;

  /** Small blocks that are being put together. */
  private BatchBuilder merged = new BatchBuilder();

  /** The only block in {@code merged}, if there is one only: it need not be compressed again. */
  private @Nullable BatchBlock alone;

  /** What the blocks in {@code merged} took. */
  private long mergedStoredBytes;

  /**
   * Starts a segment.
   *
   * @param incarnation of the log
   * @param label of the segment
   * @param partition of the log
   * @param sourcesOffset base offset of the first source
   * @param dataOffset offset of the first record that will be stored, at least {@code
   *     sourcesOffset}
   * @param expectedBytes how large the object will be, about, so that its memory is taken once: the
   *     stored bytes of everything that will be added
   */
  public SegmentWriter(
      UUID incarnation,
      UUID label,
      int partition,
      long sourcesOffset,
      long dataOffset,
      long expectedBytes,
      SegmentSettings settings) {
    if (dataOffset < sourcesOffset) {
      throw new IllegalArgumentException(
          "records from offset " + dataOffset + ", but sources from " + sourcesOffset);
    }
    this.incarnation = incarnation;
    this.label = label;
    this.partition = partition;
    this.baseOffset = dataOffset;
    this.settings = settings;
    this.sources = ProvenanceList.builder(incarnation, partition, sourcesOffset);
    this.storedEnd = dataOffset;
    this.endOffset = dataOffset;
    // Some more, for sources, footer, and small blocks that compress worse with another codec.
    long capacity = MIN_CAPACITY + expectedBytes + expectedBytes / 32;
    this.object = new byte[(int) Math.max(MIN_CAPACITY, Math.min(capacity, MAX_OBJECT_BYTES))];
    put(SegmentObject.header(incarnation, label, partition, dataOffset));
  }

  /** Adds a source batch of unknown origin and its records. */
  public void addSource(UUID source, int count, int crc, ByteBuffer block) {
    addSource(source, count, crc, null, block);
  }

  /**
   * Adds a source batch and its records.
   *
   * @param source the label of the WAL object it comes from
   * @param count its records, as the index says
   * @param crc its canonical CRC, as the index says
   * @param origin under which writer id and epoch it was committed; null if that is not known. The
   *     list of sources keeps it, the segment does not
   * @param block its batch block
   * @throws FormatException if the block is damaged or not that batch, naming the source
   * @throws IllegalStateException if sources and records added before do not end at one offset
   */
  public void addSource(
      UUID source, int count, int crc, @Nullable Origin origin, ByteBuffer block) {
    if (sources.endOffset() != endOffset) {
      throw new IllegalStateException(
          "sources were added up to offset "
              + sources.endOffset()
              + ", records up to "
              + endOffset);
    }
    try {
      BatchBlock batch = BatchBlock.parse(block);
      if (batch.count() != count || batch.crc() != crc) {
        throw new FormatException(
            "the block has "
                + batch.count()
                + " records with CRC "
                + BlockHeader.hex(batch.crc())
                + ", not "
                + count
                + " with "
                + BlockHeader.hex(crc));
      }
      add(batch);
    } catch (FormatException e) {
      throw new FormatException(
          ProvenanceList.Builder.describe(sources.size(), source, endOffset, endOffset + count)
              + ": "
              + e.getMessage(),
          e);
    }
    sources.add(source, count, crc, origin);
  }

  /**
   * Adds a block of an older segment; its sources are added by {@link #addSources}, before or after
   * it.
   *
   * @throws FormatException if the block is damaged, naming its offset
   */
  public void addBlock(ByteBuffer block) {
    try {
      add(BatchBlock.parse(block));
    } catch (FormatException e) {
      throw new FormatException("the block at offset " + endOffset + ": " + e.getMessage(), e);
    }
  }

  /**
   * Adds sources without their records: those were trimmed, or are added by {@link #addBlock}.
   *
   * @throws FormatException if they do not follow the sources so far
   */
  public void addSources(ProvenanceList list) {
    sources.addAll(list);
  }

  /** The offset of the first record that is stored. */
  public long baseOffset() {
    return baseOffset;
  }

  /** The offset after the last record so far. */
  public long endOffset() {
    return endOffset;
  }

  /** Records so far. */
  public long count() {
    return endOffset - baseOffset;
  }

  /** The largest timestamp so far, in milliseconds since the epoch; the smallest long if none. */
  public long maxTimestamp() {
    return maxTimestamp;
  }

  /**
   * What the object takes so far, in bytes; blocks that are still being put together count as they
   * came.
   */
  public long storedBytes() {
    return limit + mergedStoredBytes;
  }

  /**
   * The whole object. The writer must not be used any more.
   *
   * @throws IllegalStateException if there are no records, or sources and records do not end at one
   *     offset
   */
  public SegmentObject finish() {
    flush();
    if (blocks.isEmpty() || sources.endOffset() != endOffset) {
      throw new IllegalStateException(
          "a segment of "
              + blocks.size()
              + " blocks up to offset "
              + endOffset
              + ", with sources up to "
              + sources.endOffset());
    }
    ProvenanceList list = sources.build();
    ByteBuffer rows = ByteBuffer.allocate(list.rowsBytes());
    list.putRows(rows);
    rows.flip();
    SegmentFooter footer =
        new SegmentFooter(incarnation, label, partition, blocks, list, BlockLayout.crc32c(rows));
    put(rows);
    put(footer.encode());
    return new SegmentObject(ByteBuffer.wrap(object, 0, limit).slice(), footer, list);
  }

  private void add(BatchBlock block) {
    boolean large =
        block.storedBytes() >= settings.blockBytes() / 2
            || block.uncompressedBytes() >= settings.blockBytes();
    if (large
        || merged.uncompressedBytes() + (long) block.uncompressedBytes() > settings.blockBytes()) {
      flush();
    }
    if (large) {
      block.requireIntact();
      store(List.of(block.bytes()), block.count(), block.maxTimestamp(), block.crc());
    } else {
      alone = merged.count() == 0 ? block : null;
      merged.addAll(block);
      mergedStoredBytes += block.storedBytes();
    }
    endOffset += block.count();
    maxTimestamp = Math.max(maxTimestamp, block.maxTimestamp());
  }

  private void flush() {
    if (merged.count() == 0) {
      return;
    }
    BatchBlock single = alone;
    if (single != null) {
      store(List.of(single.bytes()), single.count(), single.maxTimestamp(), single.crc());
    } else {
      EncodedBatch batch = merged.build(settings.compression(), settings.zstdLevel());
      store(batch.parts(), batch.count(), batch.maxTimestamp(), batch.crc());
    }
    merged = new BatchBuilder();
    alone = null;
    mergedStoredBytes = 0;
  }

  private void store(List<ByteBuffer> parts, int count, long blockMaxTimestamp, int crc) {
    int position = limit;
    parts.forEach(this::put);
    blocks.add(
        new SegmentFooter.Block(
            storedEnd, count, position, limit - position, blockMaxTimestamp, crc));
    storedEnd += count;
  }

  private void put(ByteBuffer bytes) {
    int length = bytes.remaining();
    long needed = (long) limit + length;
    if (needed > MAX_OBJECT_BYTES) {
      throw new FormatException("a segment of more than 2 GiB: use smaller segments");
    }
    if (needed > object.length) {
      // A quarter more: twice the memory of a large object for its last block would be a waste.
      long capacity = Math.max(needed, object.length + object.length / 4L);
      object = Arrays.copyOf(object, (int) Math.min(capacity, MAX_OBJECT_BYTES));
    }
    bytes.duplicate().get(object, limit, length);
    limit += length;
  }
}
