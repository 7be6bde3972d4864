package io.raftless.flink.source;

import io.raftless.log.LogId;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Looks at what there is to read. Blocks: the enumerator runs it in a worker thread. */
interface Discovery extends AutoCloseable {

  /**
   * What was there.
   *
   * @param logs those of the subscription that exist, with all that is now made into splits
   * @param splits of partitions that were not known before
   * @param trimmedRecords how many records that were to be read are not there any more
   */
  record Found(Map<LogId, KnownLog> logs, List<RaftlessSplit> splits, long trimmedRecords) {
    public Found {
      logs = Map.copyOf(logs);
      splits = List.copyOf(splits);
    }
  }

  /**
   * Looks once more.
   *
   * @param known what was made into splits
   * @param isFirst whether to start where the user said: else what is new is read from its start
   * @throws IOException if it cannot be found out, also not after a while; an {@link
   *     io.raftless.flink.UnrecoverableException} if it never will
   */
  Found look(Map<LogId, KnownLog> known, boolean isFirst) throws IOException, InterruptedException;

  /** Lets go of the store; a look under way fails. Thread-safe. */
  @Override
  void close();
}
