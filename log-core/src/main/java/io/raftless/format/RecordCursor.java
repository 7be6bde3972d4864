package io.raftless.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through canonical bytes record by record, reading or skipping; every length is checked
 * before it is believed.
 */
final class RecordCursor {
  /** No key, no value, no headers, and a timestamp of one byte. */
  static final int MIN_RECORD_BYTES = 4;

  private static final int MIN_HEADER_BYTES = 2;

  private final byte[] bytes;
  private final int end;
  private int next;

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
  int position() {
    return next;
  }

  /** Reads a record. */
  LogRecord read() {
    byte[] key = nullableBytes();
    byte[] value = nullableBytes();
    List<RecordHeader> headers = headers();
    long zigzag = unsigned();
    long timestamp = (zigzag >>> 1) ^ -(zigzag & 1);
    return new LogRecord(key, value, headers, timestamp);
  }

  /** Goes past a record without copying anything. */
  void skip() {
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
  void requireEnd(int count) {
    if (next != end) {
      throw new FormatException((end - next) + " bytes are left over after " + count + " records");
    }
  }

  private List<RecordHeader> headers() {
    int count = headerCount();
    if (count == 0) {
      return List.of();
    }
    List<RecordHeader> headers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = checked(unsigned());
      String name = new String(bytes, next, length, StandardCharsets.UTF_8);
      next += length;
      headers.add(new RecordHeader(name, nullableBytes()));
    }
    return headers;
  }

  private int headerCount() {
    long count = unsigned();
    if (count < 0 || count > (end - next) / MIN_HEADER_BYTES) {
      throw new FormatException("a record claims to have " + count + " headers");
    }
    return (int) count;
  }

  private byte @Nullable [] nullableBytes() {
    long lengthPlusOne = unsigned();
    if (lengthPlusOne == 0) {
      return null;
    }
    int length = checked(lengthPlusOne - 1);
    byte[] copy = new byte[length];
    System.arraycopy(bytes, next, copy, 0, length);
    next += length;
    return copy;
  }

  private void skipNullableBytes() {
    long lengthPlusOne = unsigned();
    if (lengthPlusOne != 0) {
      next += checked(lengthPlusOne - 1);
    }
  }

  private int checked(long length) {
    if (length < 0 || length > end - next) {
      throw new FormatException(
          "a record claims " + length + " bytes where " + (end - next) + " are left");
    }
    return (int) length;
  }

  private long unsigned() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (next == end) {
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
