package io.raftless.log;

import io.raftless.maintenance.CompactionReport;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a compaction of all partitions did. Every partition is in one of the two.
 *
 * @param reports of those that were looked at, by partition
 * @param failures of those that were not compacted, or not to the end
 */
public record CompactedPartitions(
    Map<Integer, CompactionReport> reports, Map<Integer, RuntimeException> failures) {
  public CompactedPartitions {
    reports = Collections.unmodifiableMap(new TreeMap<>(reports));
    failures = Collections.unmodifiableMap(new TreeMap<>(failures));
  }
}
