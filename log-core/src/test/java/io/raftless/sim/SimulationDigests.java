package io.raftless.sim;

/** Prints the digest of each seed's journal, for a comparison across processes. */
final class SimulationDigests {
  private SimulationDigests() {}

  /** Of the seeds from the first argument up to and without the second. */
  @SuppressWarnings("try")
  public static void main(String[] args) {
    try (Strands strands = new Strands();
        Quiet unused = new Quiet()) {
      for (long seed = Long.parseLong(args[0]); seed < Long.parseLong(args[1]); seed++) {
        System.out.println(digest(seed, strands));
      }
    }
  }

  static String digest(long seed, Strands strands) {
    return new Simulation(Plan.of(seed), strands).run().journal().digest();
  }
}
