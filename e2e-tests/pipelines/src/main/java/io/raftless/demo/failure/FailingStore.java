package io.raftless.demo.failure;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A store that asks {@link HeadWrites} before it replaces a head. */
final class FailingStore extends ForwardingObjectStore {
  private final HeadWrites headWrites;

  FailingStore(ObjectStore store, HeadWrites headWrites) {
    super(store);
    this.headWrites = headWrites;
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return key.endsWith("/head")
        ? headWrites.replace(key, () -> super.putIfMatch(key, expected, body))
        : super.putIfMatch(key, expected, body);
  }
}
