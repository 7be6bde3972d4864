package io.raftless.log;

import java.util.List;

/**
 * What became of a commit of staged batches.
 *
 * @param baseOffsets the offset of the first record of each batch, in the order they were given
 * @param alreadyCommitted how many of them were in the log before
 */
public record CommitResult(List<Long> baseOffsets, int alreadyCommitted) {
  public CommitResult {
    baseOffsets = List.copyOf(baseOffsets);
  }
}
