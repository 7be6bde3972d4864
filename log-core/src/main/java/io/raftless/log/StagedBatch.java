package io.raftless.log;

import io.raftless.id.Incarnation;
import io.raftless.index.BatchRef;

/**
 * A batch that is uploaded and not yet in the log: what a two-phase commit carries from its first
 * phase to its second. It may be committed at any time within the vacuum's retention, by any
 * process, any number of times: it will be in the log at most once.
 *
 * @param incarnation the log it was staged for
 * @param partition the partition it was staged for
 * @param batch where its bytes are
 */
public record StagedBatch(Incarnation incarnation, int partition, BatchRef batch) {
  public StagedBatch {
    if (partition < 0) {
      throw new IllegalArgumentException("partition " + partition + " is negative");
    }
    if (batch.data() != null) {
      throw new IllegalArgumentException(
          "batch " + batch.label() + " is not staged: it is in no object");
    }
  }
}
