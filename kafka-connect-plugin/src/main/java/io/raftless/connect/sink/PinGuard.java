package io.raftless.connect.sink;

import io.raftless.log.LogDescription;
import io.raftless.log.LogId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A topic-partition stays on the partition of the log that it is on: *because* its position is in
 * that head, another mapping would start anew on another partition and write everything twice. Who
 * acquires a writer id that has no position asks here whether it has one somewhere else in the log.
 *
 * <p>Thread-safe. Each log is described once, when it is first asked for: make a guard for each
 * {@code open}.
 */
public final class PinGuard {
  private final Function<LogId, CompletableFuture<LogDescription>> describe;
  private final ConcurrentHashMap<LogId, CompletableFuture<LogDescription>> described =
      new ConcurrentHashMap<>();

  /**
   * Prepares a guard that has not yet asked for anything.
   *
   * @param describe reads what is known of a log
   */
  public PinGuard(Function<LogId, CompletableFuture<LogDescription>> describe) {
    this.describe = describe;
  }

  /**
   * Looks whether a writer id may begin on a partition.
   *
   * <p>The future fails if the log cannot be described: then ask again.
   *
   * @param acquired the position that the acquire gave
   * @return why it may not, and what to do; empty if it may
   */
  public CompletableFuture<Optional<String>> refusal(
      String writerId, LogTarget target, @Nullable String acquired) {
    if (acquired != null) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    CompletableFuture<LogDescription> log = described.computeIfAbsent(target.log(), describe);
    return log.whenComplete(
            (found, trouble) -> {
              if (trouble != null) {
                described.remove(target.log(), log);
              }
            })
        .thenApply(found -> pin(writerId, target, found, true));
  }

  /**
   * The same, of a description that is at hand.
   *
   * @param claimsCount whether the writer id is pinned where it was acquired only, too: *because*
   *     of two that begin at the same time with two mappings, each has acquired before it looks, so
   *     at least one sees the other, and neither has a position yet
   */
  static Optional<String> pin(
      String writerId, LogTarget target, LogDescription description, boolean claimsCount) {
    for (LogDescription.PartitionDescription partition : description.partitions()) {
      if (partition.partition() == target.partition()) {
        continue;
      }
      for (LogDescription.WriterDescription writer : partition.writers()) {
        String position = writer.position();
        boolean isPinned =
            position == null ? claimsCount : !StoredPosition.decode(position).isStartAnew();
        if (writer.writerId().equals(writerId) && isPinned) {
          return Optional.of(
              "writer id '"
                  + writerId
                  + "' is on partition "
                  + partition.partition()
                  + " of log "
                  + target.log()
                  + ", and the options map it to partition "
                  + target.partition()
                  + " now, where everything would be written a second time. Give back the old"
                  + " log.partition.mapping and log.partitions, or reset the offsets of the"
                  + " connector (DELETE /connectors/<name>/offsets, while it is stopped) to begin"
                  + " anew on purpose");
        }
      }
    }
    return Optional.empty();
  }
}
