package io.raftless.bench.simulated;

import java.util.Random;

/** Records that do not compress, as if they were compressed already. */
final class Payload {
  private final Random random;

  Payload(long seed) {
    this.random = new Random(seed);
  }

  synchronized byte[] next(int bytes) {
    byte[] payload = new byte[bytes];
    random.nextBytes(payload);
    return payload;
  }
}
