package io.raftless.sim;

import io.raftless.store.DigestETagStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What all machines share: one linearizable store, as the contract of {@link ObjectStore} says. */
final class Disk {
  private final ObjectStore store;

  /**
   * An empty one.
   *
   * @param clock what the store takes for the time
   * @param hasDigests whether equal bodies have equal ETags, as on S3
   */
  Disk(Clock clock, boolean hasDigests) {
    MemoryObjectStore memory = new MemoryObjectStore(clock);
    this.store = hasDigests ? new DigestETagStore(memory) : memory;
  }

  /** The store itself: its calls take effect at once. */
  ObjectStore store() {
    return store;
  }

  /** The body of an object as it is now. */
  Optional<ByteBuffer> body(String key) {
    return store.get(key).join() instanceof GetOutcome.Found found
        ? Optional.of(found.body())
        : Optional.empty();
  }

  /** Whether there is an object. */
  boolean has(String key) {
    return !(store.getRange(key, 0, 1).join() instanceof GetOutcome.Missing);
  }

  /** All keys. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    @Nullable String continuation = null;
    do {
      ListPage page = store.list("", continuation).join();
      page.objects().forEach(object -> keys.add(object.key()));
      continuation = page.continuation();
    } while (continuation != null);
    return keys;
  }
}
