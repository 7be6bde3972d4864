package io.raftless.store;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;

/** Bytes that arrive as they do from a network: a read gives some of what was asked for. */
public final class Trickle extends InputStream {
  private static final int LARGE = 100_000;

  private final ByteBuffer left;
  private final Random random;

  /** All that is between position and limit. */
  public Trickle(ByteBuffer body, Random random) {
    this.left = body.duplicate();
    this.random = random;
  }

  @Override
  public int read() {
    return left.hasRemaining() ? left.get() & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int from, int length) {
    if (length == 0) {
      return 0;
    }
    if (!left.hasRemaining()) {
      return -1;
    }
    int most = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1 + random.nextInt(LARGE);
    int some = Math.min(Math.min(length, left.remaining()), most);
    left.get(target, from, some);
    return some;
  }
}
