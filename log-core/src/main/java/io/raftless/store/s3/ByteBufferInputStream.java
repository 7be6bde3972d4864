package io.raftless.store.s3;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a buffer without copying it first. */
final class ByteBufferInputStream extends InputStream {
  private final ByteBuffer buffer;

  private ByteBufferInputStream(ByteBuffer buffer) {
    this.buffer = buffer;
    buffer.mark();
  }

  /** A stream over what remains; the buffer's own position does not move. */
  static InputStream of(ByteBuffer buffer) {
    return buffer.hasArray()
        ? new ByteArrayInputStream(
            buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining())
        : new ByteBufferInputStream(buffer.duplicate());
  }

  @Override
  public int read() {
    return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!buffer.hasRemaining()) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(target, offset, count);
    return count;
  }

  @Override
  public long skip(long count) {
    int skipped = (int) Math.max(0, Math.min(count, buffer.remaining()));
    buffer.position(buffer.position() + skipped);
    return skipped;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public synchronized void mark(int readLimit) {
    buffer.mark();
  }

  @Override
  public synchronized void reset() {
    buffer.reset();
  }
}
