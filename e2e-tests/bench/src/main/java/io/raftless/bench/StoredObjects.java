package io.raftless.bench;

import io.raftless.log.LogId;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is in a store, past everybody who has put it there: between the rounds it has to go, or the
 * store would run out of memory.
 */
public final class StoredObjects {
  private StoredObjects() {}

  /** Deletes all objects whose keys begin so. */
  public static void delete(ObjectStore store, String prefix) {
    delete(store, list(store, prefix));
  }

  /** Deletes the batches of a log that goes on, and that nobody reads. */
  public static void deleteBatches(ObjectStore store, LogId log) {
    delete(
        store,
        list(store, log + "/").stream().filter(object -> object.key().contains("/wal/")).toList());
  }

  private static void delete(ObjectStore store, List<ListPage.ListedObject> objects) {
    CompletableFuture.allOf(
            objects.stream()
                .map(object -> store.delete(object.key()))
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  /** How large all objects together are whose keys begin so. */
  public static long bytes(ObjectStore store, String prefix) {
    return list(store, prefix).stream().mapToLong(ListPage.ListedObject::size).sum();
  }

  /** All objects whose keys begin so. */
  public static List<ListPage.ListedObject> list(ObjectStore store, String prefix) {
    List<ListPage.ListedObject> all = new ArrayList<>();
    @Nullable String continuation = null;
    do {
      ListPage page = store.list(prefix, continuation).join();
      all.addAll(page.objects());
      continuation = page.continuation();
    } while (continuation != null);
    return all;
  }
}
