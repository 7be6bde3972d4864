package io.raftless.maintenance;

import io.raftless.format.Damage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is counted and found while a verification runs. One thread's. */
final class Verification {
  private final int maxFindings;

  /** What is looked at again is found again. */
  private final Set<Damage> findings = new LinkedHashSet<>();

  private long furtherFindings;
  private int partitions;
  private long batches;
  private long records;
  private long bytes;
  private long objects;

  Verification(int maxFindings) {
    this.maxFindings = maxFindings;
  }

  void found(Damage damage) {
    if (findings.size() < maxFindings) {
      findings.add(damage);
    } else if (!findings.contains(damage)) {
      furtherFindings++;
    }
  }

  void countPartition() {
    partitions++;
  }

  void countBatch(int count) {
    batches++;
    records += count;
  }

  void countData(long length) {
    bytes += length;
  }

  void countObject() {
    objects++;
  }

  VerifyReport report(long gets) {
    return new VerifyReport(
        List.copyOf(findings), furtherFindings, partitions, batches, records, bytes, objects, gets);
  }
}
