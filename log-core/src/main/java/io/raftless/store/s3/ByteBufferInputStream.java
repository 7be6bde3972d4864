package io.raftless.store.s3;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Reads buffers that follow one another, without copying them first. */
final class ByteBufferInputStream extends InputStream {
  private final List<ByteBuffer> parts;

  /** The one that is read; {@code parts.size()} at the end. */
  private int part;

  /** Where in it. */
  private int position;

  private int markedPart;
  private int markedPosition;

  private ByteBufferInputStream(List<ByteBuffer> parts) {
    this.parts = parts;
    skipEmpty();
    mark(0);
  }

  /** A stream over what remains; the buffers' own positions do not move. */
  static InputStream of(List<ByteBuffer> parts) {
    return new ByteBufferInputStream(parts.stream().map(ByteBuffer::slice).toList());
  }

  private void skipEmpty() {
    while (part < parts.size() && position == parts.get(part).limit()) {
      part++;
      position = 0;
    }
  }

  @Override
  public int read() {
    if (part == parts.size()) {
      return -1;
    }
    int next = parts.get(part).get(position++) & 0xff;
    skipEmpty();
    return next;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (part == parts.size()) {
      return -1;
    }
    int copied = 0;
    while (copied < length && part < parts.size()) {
      ByteBuffer buffer = parts.get(part);
      int some = Math.min(length - copied, buffer.limit() - position);
      buffer.get(position, target, offset + copied, some);
      copied += some;
      position += some;
      skipEmpty();
    }
    return copied;
  }

  @Override
  public long skip(long count) {
    long skipped = 0;
    while (skipped < count && part < parts.size()) {
      int some = (int) Math.min(count - skipped, parts.get(part).limit() - position);
      skipped += some;
      position += some;
      skipEmpty();
    }
    return skipped;
  }

  @Override
  public int available() {
    long left = -position;
    for (int i = part; i < parts.size(); i++) {
      left += parts.get(i).limit();
    }
    return (int) Math.min(Integer.MAX_VALUE, Math.max(0, left));
  }

  @Override
  public boolean markSupported() {
    return true;
  }

  @Override
  public synchronized void mark(int readLimit) {
    markedPart = part;
    markedPosition = position;
  }

  @Override
  public synchronized void reset() {
    part = markedPart;
    position = markedPosition;
  }
}
