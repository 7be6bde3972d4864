package io.raftless.format;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Arrays of one size that are used again: what a writer puts its records into, so that bytes that
 * are appended do not become garbage. Whoever takes one gives it back when nobody reads it any
 * more, or not at all.
 *
 * <p>Thread-safe.
 */
public final class Chunks {
  /** Large enough that an object has few of them, small enough that a batch wastes little. */
  static final int CHUNK_BYTES = 64 << 10;

  private final int most;

  /** Guarded by this. */
  private final Deque<byte[]> free = new ArrayDeque<>();

  /** Of those that are free. Written with this locked. */
  private volatile long freeBytes;

  /**
   * A pool that is empty at first.
   *
   * @param mostBytes that are kept for later, about
   */
  public Chunks(long mostBytes) {
    this.most = (int) Math.min(Integer.MAX_VALUE, mostBytes / CHUNK_BYTES);
  }

  /** One of {@link #CHUNK_BYTES}, with whatever was in it. */
  byte[] take() {
    synchronized (this) {
      byte[] used = free.pollLast();
      if (used != null) {
        freeBytes -= CHUNK_BYTES;
        return used;
      }
    }
    return new byte[CHUNK_BYTES];
  }

  /** Takes back those parts of a block that are whole chunks. */
  void giveBack(List<ByteBuffer> parts) {
    for (ByteBuffer part : parts) {
      // Other arrays are the small ones that a block begins with.
      if (part.arrayOffset() == 0 && part.array().length == CHUNK_BYTES) {
        give(part.array());
      }
    }
  }

  /** Takes one back. Nobody else may use it any more. */
  synchronized void give(byte[] chunk) {
    if (free.size() < most) {
      free.addLast(chunk);
      freeBytes += CHUNK_BYTES;
    }
  }

  /** Lets go of those that are free and too many, now; more may come back later. */
  public void keepAtMost(long bytes) {
    if (freeBytes <= bytes) {
      return; // Nearly always: it is asked for every record.
    }
    synchronized (this) {
      while (freeBytes > Math.max(0, bytes)) {
        free.removeFirst();
        freeBytes -= CHUNK_BYTES;
      }
    }
  }
}
