package io.raftless.log;

import io.raftless.head.AddPartitions;
import io.raftless.head.LogChange;
import io.raftless.head.LogDescriptor;
import java.util.concurrent.CompletableFuture;

/**
 * Adds partitions: {@code log.json} first, the new heads second. Whoever finds a new head missing
 * creates it from the same {@code log.json} or a later one, so a crash in between does no harm.
 */
final class LogGrowth {
  private final RaftlessLog log;
  private final CurrentLog current;

  LogGrowth(RaftlessLog log, CurrentLog current) {
    this.log = log;
    this.current = current;
  }

  /** See {@link RaftlessLog#addPartitions}. */
  CompletableFuture<Integer> addPartitions(int total) {
    if (total < 1 || total > LogDescriptor.MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "partitions " + total + ": choose 1 to " + LogDescriptor.MAX_PARTITIONS);
    }
    return Failures.translated(
        current
            .refresh()
            .thenCompose(
                before -> {
                  if (before.partitions() > total) {
                    throw new RaftlessException.Refused(
                        "log "
                            + log.id()
                            + " has "
                            + before.partitions()
                            + " partitions: it cannot shrink to "
                            + total
                            + ", since their records would be lost. Create another log");
                  }
                  // Where nothing is to be added, a growth that crashed may have left heads out.
                  int from = before.partitions() == total ? 0 : before.partitions();
                  return current
                      .change(new AddPartitions(before.incarnation(), total))
                      .thenCompose(change -> createHeads(from, change));
                }),
        "adding partitions to log " + log.id());
  }

  private CompletableFuture<Integer> createHeads(int from, LogChange change) {
    if (!(change instanceof LogChange.Done done)) {
      throw new IllegalStateException("growth cannot be overtaken: " + change);
    }
    int total = done.log().partitions();
    return log.onPartitions(from, total, partition -> partition.update(new Touch()))
        .thenApply(unused -> total);
  }
}
