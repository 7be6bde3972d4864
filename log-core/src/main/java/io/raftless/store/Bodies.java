package io.raftless.store;

import java.nio.ByteBuffer;
import java.util.List;

/** Bodies that are in several parts. */
final class Bodies {
  private Bodies() {}

  /** What all parts have, in bytes. */
  static long length(List<ByteBuffer> parts) {
    return parts.stream().mapToLong(ByteBuffer::remaining).sum();
  }

  /** As one; copied if there are several. */
  static ByteBuffer joined(List<ByteBuffer> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    ByteBuffer body = ByteBuffer.allocate(Math.toIntExact(length(parts)));
    parts.forEach(part -> body.put(part.duplicate()));
    return body.flip();
  }
}
