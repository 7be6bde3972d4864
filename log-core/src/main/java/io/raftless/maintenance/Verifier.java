package io.raftless.maintenance;

import io.raftless.head.LogKeys;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ObjectStore;
import java.util.List;

/**
 * Proves that a log is what its heads say, and finds everything that is not: see the protocol,
 * "Verify", for what is proven and what is not. It changes nothing, and needs nothing to stand
 * still: appends, compaction, trim and vacuum may go on.
 *
 * <p>It reads with one thread, the caller's, several requests at a time, and takes 32 MiB of memory
 * besides the labels.
 */
public final class Verifier {
  private final CountingObjectStore store;
  private final LogKeys keys;
  private final VerifyOptions options;

  /** Makes a verifier. */
  public Verifier(ObjectStore store, LogKeys keys, VerifyOptions options) {
    this.store = new CountingObjectStore(store);
    this.keys = keys;
    this.options = options;
  }

  /**
   * Verifies partitions, one after the other. What is wrong is in the report.
   *
   * @throws java.util.concurrent.CompletionException if the store cannot be read
   */
  public VerifyReport verify(List<? extends PartitionHead> partitions) {
    Verification verification = new Verification(options.maxFindings());
    for (PartitionHead partition : partitions) {
      new PartitionVerifier(store, keys, options, partition, verification).verify();
      verification.countPartition();
    }
    return verification.report(store.counts().gets());
  }
}
