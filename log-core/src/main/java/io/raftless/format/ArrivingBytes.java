package io.raftless.format;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;

/**
 * Bytes that are read while they arrive, part by part, through a small array, and summed up as they
 * go: the records of a block are made of what the processor has in its cache.
 *
 * <p>Trouble with the stream is an {@link UncheckedIOException}. Not thread-safe.
 */
final class ArrivingBytes extends RecordCursor {
  private final InputStream stream;
  private final CRC32C crc = new CRC32C();

  /** Of all parts, not received yet. */
  private int unread;

  /** Of what is in the array, whether it belongs to this part or not. */
  private int limit;

  /** Up to where in the array it is in the sum. */
  private int summed;

  /**
   * Nothing was read yet.
   *
   * @param length of all parts, in bytes; not more than that is read
   * @param window for what has arrived; used by nobody else until the end
   */
  ArrivingBytes(InputStream stream, int length, byte[] window) {
    super(window);
    this.stream = stream;
    this.unread = length;
  }

  /** The next part, of so many bytes, after what was read of this one; and a sum of its own. */
  void begin(int length) {
    end = next + Math.min(length, limit - next);
    beyond = length - (end - next);
    summed = next;
    crc.reset();
  }

  /** CRC32C of what was read of this part. */
  int sum() {
    crc.update(bytes, summed, next - summed);
    summed = next;
    return (int) crc.getValue();
  }

  /** Goes to the end of this part. */
  void skipRest() {
    do {
      next = end;
    } while (refill());
  }

  @Override
  boolean refill() {
    if (beyond == 0) {
      return false;
    }
    sum();
    try {
      limit = stream.read(bytes, 0, Math.min(bytes.length, unread));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (limit < 0) {
      throw new UncheckedIOException(new EOFException("the body ends " + beyond + " bytes early"));
    }
    unread -= limit;
    next = 0;
    summed = 0;
    end = Math.min(limit, beyond);
    beyond -= end;
    return true;
  }

  @Override
  void receive(byte[] target, int from, int length) {
    sum();
    try {
      int count = stream.readNBytes(target, from, length);
      if (count < length) {
        throw new EOFException("the body ends " + (length - count) + " bytes early");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    crc.update(target, from, length);
    unread -= length;
    beyond -= length;
  }
}
