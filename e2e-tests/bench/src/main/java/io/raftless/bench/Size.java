package io.raftless.bench;

/** How much of it. */
public enum Size {
  /** Seconds for everything: does it run, and are the numbers of requests right? */
  CHECK(0, 1),
  /** Below a quarter of an hour for everything. */
  QUICK(1, 5),
  /** For what is published: compilers have done most of their work before it counts. */
  FULL(3, 9);

  private final int warmUps;
  private final int rounds;

  Size(int warmUps, int rounds) {
    this.warmUps = warmUps;
    this.rounds = rounds;
  }

  /** Rounds before those that count. */
  public int warmUps() {
    return warmUps;
  }

  /** Rounds that count. */
  public int rounds() {
    return rounds;
  }

  /** The one for this size. */
  public <T> T pick(T check, T quick, T full) {
    return switch (this) {
      case CHECK -> check;
      case QUICK -> quick;
      case FULL -> full;
    };
  }
}
