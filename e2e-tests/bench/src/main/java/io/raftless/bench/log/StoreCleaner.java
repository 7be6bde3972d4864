package io.raftless.bench.log;

import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Makes room in a store between rounds. Not for logs that somebody uses. */
final class StoreCleaner {
  private final ObjectStore store;

  StoreCleaner(ObjectStore store) {
    this.store = store;
  }

  /** Deletes everything under a prefix. */
  void delete(String prefix) throws InterruptedException, ExecutionException {
    @Nullable String next = null;
    do {
      ListPage page = store.list(prefix, next).get();
      List<CompletableFuture<Void>> deletions = new ArrayList<>();
      page.objects().forEach(object -> deletions.add(store.delete(object.key())));
      for (CompletableFuture<Void> deletion : deletions) {
        deletion.get();
      }
      next = page.continuation();
    } while (next != null);
  }
}
