package io.raftless.log;

import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.LogKeys;
import io.raftless.head.Schemas;
import io.raftless.id.LabelSource;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Reads what there is to be known of a log. Creates nothing. */
final class LogDescriber {
  private final ObjectStore store;
  private final LogId id;
  private final LabelSource labels;

  LogDescriber(ObjectStore store, LogId id, LabelSource labels) {
    this.store = store;
    this.id = id;
    this.labels = labels;
  }

  /** One GET per partition. */
  CompletableFuture<LogDescription> describe(LogDescriptor log) {
    LogKeys keys = new LogKeys(id.root(), log.incarnation());
    List<CompletableFuture<LogDescription.PartitionDescription>> partitions = new ArrayList<>();
    for (int number = 0; number < log.partitions(); number++) {
      int partition = number;
      partitions.add(
          store.get(keys.head(partition)).thenApply(outcome -> describe(log, partition, outcome)));
    }
    return CompletableFuture.allOf(partitions.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            unused ->
                new LogDescription(
                    id,
                    log.incarnation(),
                    log.version(),
                    log.state(),
                    log.settings(),
                    log.horizon(),
                    partitions.stream().map(CompletableFuture::join).toList()));
  }

  private LogDescription.PartitionDescription describe(
      LogDescriptor log, int partition, GetOutcome outcome) {
    boolean isThere = outcome instanceof GetOutcome.Found;
    Head head =
        outcome instanceof GetOutcome.Found found
            ? Schemas.heads(labels).decode(found.body())
            : Head.first(log, partition);
    return new LogDescription.PartitionDescription(
        partition,
        isThere ? head.version() : 0,
        head.state(),
        head.startOffset(),
        head.nextOffset(),
        head.compactionCursor(),
        head.horizon(),
        head.chain().hex(),
        head.writers().entrySet().stream()
            .map(
                writer ->
                    new LogDescription.WriterDescription(
                        writer.getKey(),
                        writer.getValue().holder(),
                        writer.getValue().epoch(),
                        writer.getValue().position(),
                        writer.getValue().superseded().size()))
            .toList());
  }
}
