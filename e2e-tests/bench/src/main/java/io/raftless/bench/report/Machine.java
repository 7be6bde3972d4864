package io.raftless.bench.report;

/**
 * What a run was on.
 *
 * @param processors that this JVM may use
 * @param heapBytes that this JVM may use
 * @param java its version
 * @param system name and version of the operating system
 */
public record Machine(int processors, long heapBytes, String java, String system) {

  /** This one. */
  public static Machine here() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"));
  }
}
