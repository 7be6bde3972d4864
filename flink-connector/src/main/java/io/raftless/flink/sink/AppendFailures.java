package io.raftless.flink.sink;

import io.raftless.log.RaftlessException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;

/**
 * Appends that failed, until the writer's thread asks for them. It remembers how many there were
 * and the first cause of each partition, so that an outage does not fill the memory.
 *
 * <p>Thread-safe.
 */
final class AppendFailures {

  /**
   * What failed in a partition.
   *
   * @param records how many
   * @param cause of the first one
   */
  record Failed(int partition, long records, Throwable cause) {}

  /** Guarded by this. */
  private final Map<Integer, Failed> byPartition = new TreeMap<>();

  /** So that the usual case takes no lock. */
  private volatile boolean isEmpty = true;

  synchronized void add(int partition, Throwable trouble) {
    Throwable cause = origin(trouble);
    byPartition.merge(
        partition,
        new Failed(partition, 1, cause),
        (known, more) -> new Failed(partition, known.records() + 1, known.cause()));
    isEmpty = false;
  }

  /** That an earlier one failed is true, and of no use to anybody who looks for the reason. */
  static Throwable origin(Throwable trouble) {
    Throwable cause = trouble;
    while ((cause instanceof CompletionException
            || cause instanceof RaftlessException.EarlierRequestFailed)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  boolean isEmpty() {
    return isEmpty;
  }

  /** What failed since the last call, one entry for a partition. */
  synchronized Collection<Failed> drain() {
    List<Failed> failed = List.copyOf(byPartition.values());
    byPartition.clear();
    isEmpty = true;
    return failed;
  }
}
