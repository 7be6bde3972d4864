package io.raftless.connect.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A log to read.
 *
 * @param id where it is
 * @param incarnation which creation of it
 * @param partitions how many it had when it was looked at
 */
record FoundLog(LogId id, Incarnation incarnation, int partitions) {

  /** Whether it is the same creation of the same log. */
  boolean isSameAs(FoundLog other) {
    return id.equals(other.id()) && incarnation.equals(other.incarnation());
  }

  List<SourcePartition> sourcePartitions() {
    return IntStream.range(0, partitions)
        .mapToObj(partition -> new SourcePartition(id, incarnation, partition))
        .toList();
  }
}
