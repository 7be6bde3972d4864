package io.raftless.bench.memory;

import io.raftless.format.Json;
import io.raftless.index.IndexNode;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A store in memory that keeps heads, and the newest of all else: what readers at the end of a log,
 * and appends, still look at. So it does not grow however long it is used.
 *
 * <p>Thread-safe.
 */
final class RecentStore extends ForwardingObjectStore {
  /** Of WAL objects, and of the nodes of each level of each partition. */
  private static final int KEPT = 16;

  /** Keys by what they are. Guarded by this. */
  private final Map<String, Deque<String>> newest = new HashMap<>();

  RecentStore() {
    super(new MemoryObjectStore());
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return putIfAbsent(key, List.of(body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    CompletableFuture<PutOutcome> outcome = store.putIfAbsent(key, parts);
    int wal = key.indexOf("/wal/");
    int node = key.indexOf("/node/");
    if (wal >= 0) {
      keep("wal", key);
    } else if (node >= 0) {
      int level = Json.decode(parts.get(0), IndexNode.class, "node", IndexNode.FORMAT).level();
      keep(key.substring(0, node) + " " + level, key);
    }
    return outcome;
  }

  private void keep(String kind, String key) {
    String oldest = null;
    synchronized (this) {
      Deque<String> keys = newest.computeIfAbsent(kind, k -> new ArrayDeque<>());
      keys.add(key);
      if (keys.size() > KEPT) {
        oldest = keys.remove();
      }
    }
    if (oldest != null) {
      var unused = store.delete(oldest);
    }
  }

  /** Bytes of what the store keeps: they are not the log's. */
  long keptBytes() throws InterruptedException, ExecutionException {
    return HeldStore.bytesOf(store);
  }
}
