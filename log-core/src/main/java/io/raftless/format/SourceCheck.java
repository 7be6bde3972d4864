package io.raftless.format;

import java.util.zip.CRC32C;

/**
 * Proves that blocks hold exactly the records of their sources: goes through the canonical bytes of
 * the blocks, in order, and recomputes the canonical CRC of each source over its records, wherever
 * the blocks begin and end.
 *
 * <p>A source that begins below the data offset is passed over: its CRC covers records that were
 * trimmed.
 *
 * <p>Not thread-safe.
 */
public final class SourceCheck {
  private final ProvenanceList sources;
  private final long dataOffset;
  private final CRC32C crc = new CRC32C();

  /** The source that the next record belongs to. */
  private int source;

  private long nextOffset;

  /**
   * Starts a check.
   *
   * @param sources what the blocks are made of
   * @param dataOffset the offset of the first record that will be fed
   * @throws FormatException if the sources do not cover that offset
   */
  public SourceCheck(ProvenanceList sources, long dataOffset) {
    if (dataOffset < sources.baseOffset() || dataOffset >= sources.endOffset()) {
      throw new FormatException(
          "records from offset " + dataOffset + " have no place in " + sources);
    }
    this.sources = sources;
    this.nextOffset = dataOffset;
    this.dataOffset = dataOffset;
    while (sources.endOffset(source) <= dataOffset) {
      source++;
    }
  }

  /**
   * Takes the next block.
   *
   * @throws FormatException if it is damaged, or a source that ends in it is not what it should be,
   *     or it has more records than the sources
   */
  public void feed(BatchBlock block) {
    Canonical canonical;
    try {
      canonical = block.canonicalBytes();
    } catch (FormatException e) {
      throw new FormatException("the block at offset " + nextOffset + ": " + e.getMessage(), e);
    }
    if (block.count() > sources.endOffset() - nextOffset) {
      throw new FormatException(
          "the block at offset "
              + nextOffset
              + " has "
              + block.count()
              + " records, but the sources end at offset "
              + sources.endOffset());
    }
    RecordCursor cursor = new RecordCursor(canonical);
    int start = canonical.from();
    for (int i = 0; i < block.count(); i++) {
      skip(cursor);
      nextOffset++;
      if (nextOffset == sources.endOffset(source)) {
        crc.update(canonical.array(), start, cursor.position() - start);
        start = cursor.position();
        endSource();
      }
    }
    cursor.requireEnd(block.count());
    crc.update(canonical.array(), start, canonical.to() - start);
  }

  private void skip(RecordCursor cursor) {
    try {
      cursor.skip();
    } catch (FormatException e) {
      throw new FormatException("the record at offset " + nextOffset + ": " + e.getMessage(), e);
    }
  }

  private void endSource() {
    int actual = (int) crc.getValue();
    if (sources.baseOffset(source) >= dataOffset && actual != sources.crc(source)) {
      throw new FormatException(
          "the records of "
              + sources.describe(source)
              + " were altered: canonical CRC "
              + BlockHeader.hex(actual)
              + ", not "
              + BlockHeader.hex(sources.crc(source)));
    }
    crc.reset();
    source++;
  }

  /**
   * Says that there are no more blocks.
   *
   * @throws FormatException if records are missing
   */
  public void finish() {
    if (nextOffset != sources.endOffset()) {
      throw new FormatException(
          "records are missing from offset "
              + nextOffset
              + " on, in "
              + sources.describe(source)
              + " and up to offset "
              + sources.endOffset());
    }
  }
}
