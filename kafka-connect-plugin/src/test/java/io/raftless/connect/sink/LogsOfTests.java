package io.raftless.connect.sink;

import io.raftless.log.LogAdmin;
import io.raftless.log.LogDescription;
import io.raftless.log.LogDescription.WriterDescription;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.log.WriterClaim;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Logs in the memory of a test, and positions in their heads. */
final class LogsOfTests {
  final ObjectStore store = new MemoryObjectStore();

  /** What closes it leaves it open for others. */
  ObjectStore shared() {
    return new ForwardingObjectStore(store) {
      @Override
      public void close() {}
    };
  }

  void create(String name, int partitions) {
    RaftlessLog.create(store, LogId.of("logs", name), partitions).close();
  }

  /** Stores a position as a task would, and returns what it holds. */
  WriterClaim write(String log, int partition, String writerId, @Nullable StoredPosition position) {
    try (RaftlessLog open = RaftlessLog.open(store, LogId.of("logs", log))) {
      WriterClaim claim = open.acquire(partition, writerId, UUID.randomUUID().toString()).join();
      if (position != null) {
        open.storePosition(claim, claim.position(), position.encode()).join();
      }
      return claim;
    }
  }

  LogDescription describe(String log) {
    try (LogAdmin admin = LogAdmin.of(store)) {
      return admin.describe(LogId.of("logs", log)).join();
    }
  }

  Optional<WriterDescription> writer(String log, int partition, String writerId) {
    return describe(log).partitions().get(partition).writers().stream()
        .filter(writer -> writer.writerId().equals(writerId))
        .findFirst();
  }

  /** The position of a writer id that is there. */
  StoredPosition position(String log, int partition, String writerId) {
    String json = writer(log, partition, writerId).orElseThrow().position();
    if (json == null) {
      throw new AssertionError(writerId + " has no position");
    }
    return StoredPosition.decode(json);
  }
}
