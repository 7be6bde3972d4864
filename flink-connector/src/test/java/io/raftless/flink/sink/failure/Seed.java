package io.raftless.flink.sink.failure;

import java.util.Random;

/**
 * Where the random choices of these tests come from. {@code -Draftless.failures.seed=...} makes
 * them again.
 */
final class Seed {
  private static final String PROPERTY = "raftless.failures.seed";

  private Seed() {}

  /** The seed of this run; a failed test must tell it. */
  static long ofThisRun() {
    Long given = Long.getLong(PROPERTY);
    return given != null ? given : Holder.CHOSEN;
  }

  static String howToRepeat() {
    return "-D" + PROPERTY + "=" + ofThisRun();
  }

  private static final class Holder {
    private static final long CHOSEN = new Random().nextInt(1_000_000);
  }
}
