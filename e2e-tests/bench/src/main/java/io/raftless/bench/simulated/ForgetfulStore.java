package io.raftless.bench.simulated;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Keeps no WAL objects: nobody reads them, and there are too many of them for the memory. */
final class ForgetfulStore extends ForwardingObjectStore {
  ForgetfulStore(ObjectStore store) {
    super(store);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return key.contains("/wal/")
        ? CompletableFuture.completedFuture(new PutOutcome.Stored(new ETag("forgotten")))
        : super.putIfAbsent(key, body);
  }
}
