package io.raftless.format;

import java.nio.ByteBuffer;

/**
 * The uncompressed records of a block: a part of an array that is not to be changed, since it may
 * be what was read from the store.
 */
final class Canonical {
  private final byte[] array;
  private final int from;
  private final int length;

  /**
   * A part of an array.
   *
   * @param array with the records somewhere in it
   * @param from where they begin
   * @param length what they take, in bytes
   */
  Canonical(byte[] array, int from, int length) {
    this.array = array;
    this.from = from;
    this.length = length;
  }

  /** The bytes of a buffer: in place if it has an array. */
  static Canonical of(ByteBuffer bytes) {
    if (bytes.hasArray()) {
      return new Canonical(
          bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return new Canonical(copy, 0, copy.length);
  }

  /** With the records somewhere in it. */
  byte[] array() {
    return array;
  }

  /** Where they begin. */
  int from() {
    return from;
  }

  /** Where they end. */
  int to() {
    return from + length;
  }

  /** What they take, in bytes. */
  int length() {
    return length;
  }
}
