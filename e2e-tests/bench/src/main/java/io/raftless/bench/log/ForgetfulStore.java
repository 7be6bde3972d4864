package io.raftless.bench.log;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A store that keeps heads and forgets what is large, so that its own memory is not counted as that
 * of the log. It takes appends; it cannot be read.
 */
final class ForgetfulStore extends ForwardingObjectStore {
  private static final CompletableFuture<PutOutcome> STORED =
      CompletableFuture.completedFuture(new PutOutcome.Stored(new ETag("forgotten")));

  ForgetfulStore() {
    super(new MemoryObjectStore());
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    return key.contains("/wal/") ? STORED : super.putIfAbsent(key, parts);
  }
}
