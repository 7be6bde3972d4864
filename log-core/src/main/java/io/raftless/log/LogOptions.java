package io.raftless.log;

import io.raftless.index.IndexShape;
import java.time.Duration;

/**
 * How a log is worked with, whoever works with it.
 *
 * @param commitTimeout after which an append, an acquire or a change of state is given up: as
 *     failed if that is certain, as unknown if not. 1 s to 1 h
 * @param indexShape how much of the index the head keeps
 */
public record LogOptions(Duration commitTimeout, IndexShape indexShape) {
  public LogOptions {
    if (commitTimeout.compareTo(Duration.ofSeconds(1)) < 0
        || commitTimeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "commitTimeout " + commitTimeout + ": choose 1 second (PT1S) to 1 hour (PT1H)");
    }
  }

  /** One minute, and the usual shape. */
  public static LogOptions defaults() {
    return new LogOptions(Duration.ofMinutes(1), IndexShape.defaults());
  }

  /** The same with another commit time-out. */
  public LogOptions withCommitTimeout(Duration timeout) {
    return new LogOptions(timeout, indexShape);
  }
}
