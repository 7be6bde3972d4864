package io.raftless.format;

import java.io.Serializable;
import java.util.Objects;

/**
 * Something in the store that is not what the log says: what, and where.
 *
 * @param kind what is wrong
 * @param partition of the log
 * @param key the object
 * @param position of the first damaged byte's block or section in the object; 0 if it is about the
 *     whole object
 * @param length of that block or section in bytes; −1 if it is about the whole object
 * @param baseOffset of the first record concerned; −1 if unknown
 * @param endOffset after the last record concerned; −1 if unknown
 * @param message for people: all of the above and what was found
 */
public record Damage(
    Kind kind,
    int partition,
    String key,
    long position,
    long length,
    long baseOffset,
    long endOffset,
    String message)
    implements Serializable {

  /** What can be wrong. */
  public enum Kind {
    /** The log refers to an object, or to a part of it, that is not there. */
    MISSING_OBJECT,
    /** A batch block is unreadable, or another one than the index says. */
    DAMAGED_BLOCK,
    /** A head, an index node, a footer or a list of sources is unreadable or contradicts itself. */
    DAMAGED_INDEX,
    /** The batches are not those of which the hash chain was made. */
    CHAIN_MISMATCH,
    /** The records of a segment are not those of the batches it was made of. */
    ALTERED_RECORDS,
    /** A batch is in the log twice. */
    DUPLICATE_BATCH
  }

  public Damage {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(message, "message");
  }

  /** Of a whole object. */
  public static Damage of(
      Kind kind, int partition, String key, long baseOffset, long endOffset, String what) {
    return of(kind, partition, key, 0, -1, baseOffset, endOffset, what);
  }

  /** Of a part of an object; {@code what} becomes the message, with the place added. */
  public static Damage of(
      Kind kind,
      int partition,
      String key,
      long position,
      long length,
      long baseOffset,
      long endOffset,
      String what) {
    String bytes = length < 0 ? "" : " (bytes " + position + " to " + (position + length) + ")";
    String offsets = baseOffset < 0 ? "" : ", offsets " + baseOffset + " to " + endOffset;
    return new Damage(
        kind,
        partition,
        key,
        position,
        length,
        baseOffset,
        endOffset,
        key + bytes + " of partition " + partition + offsets + ": " + what);
  }
}
