package io.raftless.flink.sink;

import io.raftless.log.WriterClaim;
import org.jspecify.annotations.Nullable;

/**
 * A partition on which a committer holds the sink id.
 *
 * @param claim to append with
 * @param position what was committed there last, as far as this committer knows; null if nothing
 */
record OwnedHead(WriterClaim claim, @Nullable SinkPosition position) {
  OwnedHead at(SinkPosition newPosition) {
    return new OwnedHead(claim, newPosition);
  }
}
