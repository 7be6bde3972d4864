package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A segment: the records of one partition in one range of offsets, and everything that is needed to
 * read it and to prove where it came from.
 *
 * <pre>
 *  0  4  magic "RLSG"
 *  4  1  format version, 1
 *  5  3  reserved, 0
 *  8 16  incarnation of the log (UUID)
 * 24 16  label of the segment (UUID)
 * 40  4  partition
 * 44  8  offset of the first record stored
 * 52  4  CRC32C of bytes 0 to 51
 * 56     the batch blocks
 *        the sources section: rows of the provenance list
 *        the footer: the block index and the trailer, see {@link SegmentFooter}
 * </pre>
 *
 * <p>The sources may begin at an earlier offset than the records: what was trimmed leaves its label
 * behind (design §5). Both end at the same offset.
 */
public final class SegmentObject {
  static final int HEADER_BYTES = 56;

  private static final int MAGIC = 0x524C5347;
  private static final int CHECKED_BYTES = 52;

  private final ByteBuffer body;
  private final SegmentFooter footer;
  private final ProvenanceList sources;

  SegmentObject(ByteBuffer body, SegmentFooter footer, ProvenanceList sources) {
    this.body = body;
    this.footer = footer;
    this.sources = sources;
  }

  /**
   * Reads a whole segment, without its blocks.
   *
   * @param body exactly one object, from its position to its limit
   * @throws FormatException if it is none, or damaged, or of a newer version
   */
  public static SegmentObject parse(ByteBuffer body) {
    ByteBuffer bytes = body.slice();
    if (bytes.remaining() < HEADER_BYTES + SegmentFooter.TRAILER_BYTES) {
      throw new FormatException("a segment has more than " + bytes.remaining() + " bytes");
    }
    if (bytes.getInt(0) != MAGIC) {
      throw new FormatException("not a segment");
    }
    FormatException.requireKnown("segment", bytes.get(4), SegmentFooter.VERSION);
    if (bytes.getInt(CHECKED_BYTES) != BlockLayout.crc32c(bytes.slice(0, CHECKED_BYTES))) {
      throw new FormatException("the header of the segment is damaged");
    }
    SegmentFooter footer = SegmentFooter.decode(bytes, bytes.remaining());
    if (!bytes
        .slice(0, HEADER_BYTES)
        .equals(
            header(
                footer.incarnation(), footer.label(), footer.partition(), footer.baseOffset()))) {
      throw new FormatException(
          "the header of the segment is another one's than its footer, of " + footer.label());
    }
    // Both fit: the footer was found to fill the object together with what is before it.
    ByteBuffer section = bytes.slice((int) footer.sourcesPosition(), (int) footer.sourcesBytes());
    return new SegmentObject(bytes, footer, footer.decodeSources(section));
  }

  static ByteBuffer header(UUID incarnation, UUID label, int partition, long baseOffset) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putInt(MAGIC).put(SegmentFooter.VERSION).put(new byte[3]);
    header.putLong(incarnation.getMostSignificantBits());
    header.putLong(incarnation.getLeastSignificantBits());
    header.putLong(label.getMostSignificantBits()).putLong(label.getLeastSignificantBits());
    header.putInt(partition).putLong(baseOffset);
    header.putInt(BlockLayout.crc32c(header.slice(0, CHECKED_BYTES)));
    return header.flip();
  }

  /** The whole object. */
  public ByteBuffer body() {
    return body.duplicate();
  }

  /** Where its blocks are. */
  public SegmentFooter footer() {
    return footer;
  }

  /** Where its records came from. */
  public ProvenanceList sources() {
    return sources;
  }

  /** The size of the object, in bytes. */
  public int objectBytes() {
    return body.remaining();
  }

  /** What the footer takes at its end, in bytes. */
  public int footerBytes() {
    return footer.footerBytes();
  }

  /**
   * Reads a block's header.
   *
   * @param block of the footer of this segment
   * @throws FormatException if it is damaged
   */
  public BatchBlock block(SegmentFooter.Block block) {
    return block.parse(body.slice((int) block.position(), block.length()));
  }

  /**
   * Checks every record against the sources.
   *
   * @throws FormatException if anything is damaged, naming the block or the source
   */
  public void verify() {
    SourceCheck check = new SourceCheck(sources, footer.baseOffset());
    for (SegmentFooter.Block block : footer.blocks()) {
      check.feed(block(block));
    }
    check.finish();
  }
}
