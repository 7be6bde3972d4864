package io.raftless.format;

import java.lang.ref.SoftReference;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Large arrays that are used again and again, each by one at a time: for what is compressed, and
 * for what was. They go when memory is short.
 *
 * <p>Thread-safe.
 */
final class Scratch {
  /** What is to be compressed. */
  static final Scratch SOURCE = new Scratch();

  /** What becomes of it, either way. */
  static final Scratch TARGET = new Scratch();

  /** What has just arrived, of each request: small, so that it stays in the processor's cache. */
  static final Scratch ARRIVING = new Scratch();

  /** A batch of the usual size, and some more; larger ones are rare enough to be garbage. */
  private static final int MOST_BYTES = 16 << 20;

  static final int LEAST_BYTES = 64 << 10;

  /** As many as are used at once, about. */
  private final BlockingQueue<SoftReference<byte[]>> kept =
      new ArrayBlockingQueue<>(Runtime.getRuntime().availableProcessors());

  private Scratch() {}

  /** An array of at least so many bytes, with whatever was in it. */
  byte[] atLeast(int bytes) {
    SoftReference<byte[]> known = kept.poll();
    byte @Nullable [] array = known == null ? null : known.get();
    return array != null && array.length >= bytes ? array : new byte[Math.max(LEAST_BYTES, bytes)];
  }

  /** Nobody uses it any more. */
  void done(byte[] array) {
    if (array.length >= LEAST_BYTES && array.length <= MOST_BYTES) {
      // If there are enough of them, it is garbage.
      var unused = kept.offer(new SoftReference<>(array));
    }
  }
}
