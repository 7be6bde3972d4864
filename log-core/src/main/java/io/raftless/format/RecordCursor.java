package io.raftless.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through canonical bytes record by record, reading or skipping; every length is checked
 * before it is believed.
 */
class RecordCursor {
  /** No key, no value, no headers, and a timestamp of one byte. */
  static final int MIN_RECORD_BYTES = 4;

  private static final int MIN_HEADER_BYTES = 2;

  private static final int USUAL_HEADERS = 16;

  private static final int MAX_VARINT_BYTES = 10;

  /** What is read from. */
  final byte[] bytes;

  /** Of the next byte in the array. */
  int next;

  /** Where what is in the array ends. */
  int end;

  /** Bytes of the records that come after those in the array, and are not there yet. */
  int beyond;

  /** From an array that nothing is in yet. */
  RecordCursor(byte[] bytes) {
    this.bytes = bytes;
  }

  RecordCursor(Canonical records) {
    this(records, records.from());
  }

  /** From a place in the array where a record begins. */
  RecordCursor(Canonical records, int position) {
    this.bytes = records.array();
    this.next = position;
    this.end = records.to();
  }

  /** Where the next record begins, in the array. */
  final int position() {
    return next;
  }

  /**
   * Gets more into the array once all that was in it is read.
   *
   * @return false if there is no more
   */
  boolean refill() {
    return false;
  }

  /** Reads a record. */
  final LogRecord read() {
    byte[] key = nullableBytes();
    byte[] value = nullableBytes();
    List<RecordHeader> headers = headers();
    long zigzag = unsigned();
    long timestamp = (zigzag >>> 1) ^ -(zigzag & 1);
    return new LogRecord(key, value, headers, timestamp);
  }

  /** Goes past a record without copying anything; all of it must be in the array. */
  final void skip() {
    skipNullableBytes();
    skipNullableBytes();
    for (int left = headerCount(); left > 0; left--) {
      int nameLength = checked(unsigned());
      next += nameLength;
      skipNullableBytes();
    }
    unsigned();
  }

  /** Refuses bytes that are left over. */
  final void requireEnd(int count) {
    int left = end - next + beyond;
    if (left != 0) {
      throw new FormatException(left + " bytes are left over after " + count + " records");
    }
  }

  private List<RecordHeader> headers() {
    int count = headerCount();
    if (count == 0) {
      return List.of();
    }
    // What is said of a block that is still arriving may be wrong: no more room than there is use
    // for.
    List<RecordHeader> headers = new ArrayList<>(Math.min(count, USUAL_HEADERS));
    for (int i = 0; i < count; i++) {
      String name = new String(take(checked(unsigned())), StandardCharsets.UTF_8);
      headers.add(new RecordHeader(name, nullableBytes()));
    }
    return headers;
  }

  private int headerCount() {
    long count = unsigned();
    if (count < 0 || count > (end - next + beyond) / MIN_HEADER_BYTES) {
      throw new FormatException("a record claims to have " + count + " headers");
    }
    return (int) count;
  }

  private byte @Nullable [] nullableBytes() {
    long lengthPlusOne = unsigned();
    if (lengthPlusOne == 0) {
      return null;
    }
    return take(checked(lengthPlusOne - 1));
  }

  /** Copies the next bytes, which there are. */
  final byte[] take(int length) {
    if (length > end - next) {
      return takeBeyond(length);
    }
    // Nothing between the two, so that the array is not cleared first.
    byte[] copy = new byte[length];
    System.arraycopy(bytes, next, copy, 0, length);
    next += length;
    return copy;
  }

  private byte[] takeBeyond(int length) {
    byte[] copy = new byte[length];
    takeInto(copy, 0, length);
    return copy;
  }

  /** Copies the next bytes, which there are. */
  final void takeInto(byte[] target, int from, int length) {
    int to = from + length;
    int done = from;
    while (done < to) {
      if (next == end && to - done >= bytes.length) {
        receive(target, done, to - done);
        return;
      }
      if (next == end && !refill()) {
        throw new IllegalStateException((to - done) + " bytes that were promised are not there");
      }
      int some = Math.min(to - done, end - next);
      System.arraycopy(bytes, next, target, done, some);
      next += some;
      done += some;
    }
  }

  /** Gets bytes that are not in the array, and too many for it, without it. */
  void receive(byte[] target, int from, int length) {
    throw new IllegalStateException(length + " bytes that were promised are not there");
  }

  private void skipNullableBytes() {
    long lengthPlusOne = unsigned();
    if (lengthPlusOne != 0) {
      next += checked(lengthPlusOne - 1);
    }
  }

  private int checked(long length) {
    int left = end - next + beyond;
    if (length < 0 || length > left) {
      throw new FormatException("a record claims " + length + " bytes where " + left + " are left");
    }
    return (int) length;
  }

  private long unsigned() {
    return end - next < MAX_VARINT_BYTES ? unsignedAtTheEnd() : unsignedWithin();
  }

  /** A number that cannot go beyond what is in the array, or is none. */
  private long unsignedWithin() {
    int at = next;
    byte b = bytes[at++];
    long value = b & 0x7F;
    for (int shift = 7; b < 0; shift += 7) {
      if (shift == 7 * MAX_VARINT_BYTES) {
        throw new FormatException("a number has more than ten bytes");
      }
      b = bytes[at++];
      value |= (long) (b & 0x7F) << shift;
    }
    next = at;
    return value;
  }

  private long unsignedAtTheEnd() {
    long value = 0;
    for (int shift = 0; shift < 7 * MAX_VARINT_BYTES; shift += 7) {
      if (next == end && !refill()) {
        throw new FormatException("the records end in the middle of a number");
      }
      byte b = bytes[next++];
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new FormatException("a number has more than ten bytes");
  }
}
