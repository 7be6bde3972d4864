package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import java.util.Objects;

/**
 * What a source knows of a log.
 *
 * @param incarnation which creation of it
 * @param partitions so many, from 0 on, were made into splits
 */
record KnownLog(Incarnation incarnation, int partitions) {
  KnownLog {
    Objects.requireNonNull(incarnation, "incarnation");
    if (partitions < 0) {
      throw new IllegalArgumentException("partitions " + partitions + " of " + incarnation);
    }
  }

  /** How many partitions of an incarnation were made into splits. */
  static int of(KnownLog known, Incarnation incarnation) {
    return known.incarnation().equals(incarnation) ? known.partitions() : 0;
  }
}
