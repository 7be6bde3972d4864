package io.raftless.flink.source;

import io.raftless.log.Acknowledgement;
import io.raftless.log.ConsumerGroup;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The cursors of a consumer group in the logs of a store. Blocks while it opens a log. */
final class GroupCursors implements CursorStore {
  private final ObjectStore store;
  private final String group;
  private final Map<LogCreation, Opened> opened = new HashMap<>();

  private record Opened(RaftlessLog log, ConsumerGroup group) {}

  private GroupCursors(ObjectStore store, String group) {
    this.store = store;
    this.group = group;
  }

  /**
   * @param store closed with this
   */
  static GroupCursors open(ObjectStore store, String group) {
    return new GroupCursors(store, group);
  }

  @Override
  public CompletableFuture<Long> generation(LogCreation log, int partition) {
    return open(log).group().position(partition).thenApply(position -> position.generation());
  }

  @Override
  public CompletableFuture<Boolean> advance(
      LogCreation log, int partition, long generation, long to) {
    return open(log)
        .group()
        .advance(partition, generation, to, null)
        .thenApply(answer -> !(answer instanceof Acknowledgement.Mismatch));
  }

  private Opened open(LogCreation creation) {
    @Nullable Opened known = opened.get(creation);
    if (known != null) {
      return known;
    }
    RaftlessLog log = RaftlessLog.open(store, creation.log());
    if (!log.incarnation().equals(creation.incarnation())) {
      log.close();
      throw new IllegalStateException(
          "log "
              + creation.log()
              + " was deleted and created again: there are no cursors of incarnation "
              + creation.incarnation());
    }
    Opened now = new Opened(log, log.group(group));
    opened.put(creation, now);
    return now;
  }

  @Override
  public void close() {
    opened.values().forEach(open -> open.log().close());
    store.close();
  }
}
