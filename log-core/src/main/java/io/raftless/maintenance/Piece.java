package io.raftless.maintenance;

import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import io.raftless.format.FormatException;
import io.raftless.format.SegmentFooter;
import io.raftless.index.Chain;
import io.raftless.index.Entry;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A block of an older object that goes into a new segment. */
sealed interface Piece {
  /** The object. */
  String key();

  /** Of the block in the object, in bytes. */
  long position();

  /** Of the block, in bytes. */
  int length();

  /** The offset of its first record. */
  long baseOffset();

  /** The offset after its last record. */
  long endOffset();

  /** The block, if the head has it and nothing is to be read. */
  default @Nullable ByteBuffer inline() {
    return null;
  }

  /** For messages. */
  default String where() {
    return key()
        + " (bytes "
        + position()
        + " to "
        + (position() + length())
        + ", offsets "
        + baseOffset()
        + " to "
        + endOffset()
        + ")";
  }

  /** It is not what it should be. */
  default DamagedException damaged(int partition, FormatException cause) {
    return new DamagedException(
        Damage.of(
            Damage.Kind.DAMAGED_BLOCK,
            partition,
            key(),
            position(),
            length(),
            baseOffset(),
            endOffset(),
            "it is damaged: " + cause.getMessage() + "; nothing was compacted"),
        cause);
  }

  /**
   * A batch of the WAL.
   *
   * @param key the WAL object, or the head
   * @param entry of the index
   * @param chain the hash chain after it
   */
  record WalBatch(String key, Entry entry, Chain chain) implements Piece {
    @Override
    public @Nullable ByteBuffer inline() {
      return entry.data() == null ? null : entry.data().buffer();
    }

    @Override
    public long position() {
      return entry.position();
    }

    @Override
    public int length() {
      return entry.length();
    }

    @Override
    public long baseOffset() {
      return entry.baseOffset();
    }

    @Override
    public long endOffset() {
      return entry.endOffset();
    }
  }

  /**
   * A block of a segment.
   *
   * @param key the segment
   * @param block of its footer
   */
  record OldBlock(String key, SegmentFooter.Block block) implements Piece {
    @Override
    public long position() {
      return block.position();
    }

    @Override
    public int length() {
      return block.length();
    }

    @Override
    public long baseOffset() {
      return block.baseOffset();
    }

    @Override
    public long endOffset() {
      return block.endOffset();
    }
  }
}
