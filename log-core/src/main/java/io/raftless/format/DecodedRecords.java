package io.raftless.format;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/**
 * The records of a block that is not compressed, as bytes that were checked: a record is made of
 * them each time that it is asked for. ({@link ArrivingBlocks} has what is decoded before that.)
 *
 * <p>That is *because* a reader fetches ahead. Records that wait for someone to take them outlive
 * the young generation, and the garbage collector copies them, several objects for each; what was
 * fetched is one array, and there already. (What was compressed would have to be uncompressed into
 * another one, which costs as much as it saves.) Who keeps a record keeps nothing of the block.
 *
 * <p>Immutable and thread-safe.
 */
public final class DecodedRecords extends AbstractList<LogRecord> implements RandomAccess {
  /** An array that has so many times what is ours in it belongs to others as well. */
  private static final double MOST_SHARED = 1.25;

  private static final int ROOM = 256;

  private final Canonical bytes;

  /** Of each record of the block, in the array. */
  private final int[] starts;

  private final int from;
  private final int to;

  private DecodedRecords(Canonical bytes, int[] starts, int from, int to) {
    this.bytes = bytes;
    this.starts = starts;
    this.from = from;
    this.to = to;
  }

  /**
   * Goes through all records, so that nothing is wrong with any of them later.
   *
   * @throws FormatException if they are not that many, or do not make sense
   */
  static DecodedRecords of(Canonical canonical, int count) {
    Canonical bytes = own(canonical);
    RecordCursor cursor = new RecordCursor(bytes);
    int[] starts = new int[count];
    for (int i = 0; i < count; i++) {
      starts[i] = cursor.position();
      cursor.skip();
    }
    cursor.requireEnd(count);
    return new DecodedRecords(bytes, starts, 0, count);
  }

  /** What is fetched with other blocks would keep all of them in memory. */
  private static Canonical own(Canonical bytes) {
    if (bytes.array().length <= bytes.length() * MOST_SHARED + ROOM) {
      return bytes;
    }
    return new Canonical(
        Arrays.copyOfRange(bytes.array(), bytes.from(), bytes.to()), 0, bytes.length());
  }

  @Override
  public LogRecord get(int index) {
    if (index < 0 || index >= size()) {
      throw new IndexOutOfBoundsException(index + " of " + size() + " records");
    }
    return new RecordCursor(bytes, starts[from + index]).read();
  }

  @Override
  public int size() {
    return to - from;
  }

  @Override
  public List<LogRecord> subList(int fromIndex, int toIndex) {
    if (fromIndex < 0 || fromIndex > toIndex || toIndex > size()) {
      throw new IndexOutOfBoundsException(
          fromIndex + " to " + toIndex + " of " + size() + " records");
    }
    return new DecodedRecords(bytes, starts, from + fromIndex, from + toIndex);
  }
}
