package io.raftless.maintenance;

import io.raftless.format.Damage;
import java.util.List;

/**
 * What a verification found. What was looked at again, because it was compacted meanwhile, counts
 * again.
 *
 * @param findings everything that is wrong, in the order in which it was found
 * @param furtherFindings how many more there are than are described
 * @param partitions looked at
 * @param batches whose place in the hash chain was recomputed
 * @param records in them, those that were trimmed included
 * @param bytes of data that were read and found right, as stored; 0 if the data was not read
 * @param objects with data that were found there
 * @param gets requests made
 */
public record VerifyReport(
    List<Damage> findings,
    long furtherFindings,
    int partitions,
    long batches,
    long records,
    long bytes,
    long objects,
    long gets) {

  public VerifyReport {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is wrong with what was looked at. */
  public boolean isIntact() {
    return findings.isEmpty();
  }
}
