package io.raftless.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing.
 *
 * @param objects in no order that a caller may rely on (S3 Express does not sort)
 * @param continuation pass it to the next call; null on the last page
 */
public record ListPage(List<ListedObject> objects, @Nullable String continuation) {
  public ListPage {
    objects = List.copyOf(objects);
  }

  /**
   * One object of a page.
   *
   * @param key the whole key
   * @param size in bytes
   * @param lastModified by the store's clock
   */
  public record ListedObject(String key, long size, Instant lastModified) {}
}
