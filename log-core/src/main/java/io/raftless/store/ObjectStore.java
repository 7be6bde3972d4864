package io.raftless.store;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The one thing the protocol runs on: a flat map of keys to immutable bodies whose writes can be
 * made conditional. It is linearizable per key: a read that starts after a write was reported as
 * stored sees that write or a later one, and no body is ever paired with another body's ETag.
 *
 * <p>There is no unconditional write on purpose: every object is either created under a fresh name
 * or replaced by somebody who has read it.
 *
 * <p>All calls return at once and complete their future later, on a thread of the store's choosing,
 * which callers must not block. A call that throws instead of returning a future has sent nothing
 * and never will. Implementations are safe for use by many threads.
 *
 * <p><b>Errors.</b> Futures of reads, lists and deletes complete exceptionally with {@link
 * StoreException}; implementations repeat transient failures of these themselves before they give
 * up. Futures of writes complete with a {@link PutOutcome}, and exceptionally with a {@link
 * StoreException} that is not transient only if the store refused the request for a reason other
 * than its precondition (permissions, no such bucket), so that it certainly did not take effect.
 * Writes are sent exactly once: a repeated conditional write can be refused because of its own
 * first success.
 *
 * <p>Source: design §2, §4; field notes "S3".
 */
public interface ObjectStore extends AutoCloseable {

  /** Reads a whole object. Completes with {@code Found} or {@code Missing}. */
  CompletableFuture<GetOutcome> get(String key);

  /**
   * Reads a whole object unless it still has the ETag {@code known}. Completes with any of the
   * three outcomes.
   */
  CompletableFuture<GetOutcome> getIfChanged(String key, ETag known);

  /**
   * Reads {@code length} bytes from {@code offset}; fewer if the object ends earlier, none if it
   * ends at or before {@code offset}. Completes with {@code Found} or {@code Missing}.
   *
   * @param offset of the first byte, ≥ 0
   * @param length in bytes, ≥ 1
   */
  CompletableFuture<GetOutcome> getRange(String key, long offset, int length);

  /**
   * Reads a range like {@link #getRange(String, long, int)} and makes something of it, which is
   * what it does unless a store can do without keeping the body.
   *
   * @return empty if there is no such object
   */
  default <T> CompletableFuture<Optional<T>> getRange(
      String key, long offset, int length, BodyReader<T> reader) {
    CompletableFuture<Optional<T>> made = new CompletableFuture<>();
    // Not a dependent stage: it would wrap the exceptions that the contract promises.
    var unused =
        getRange(key, offset, length)
            .whenComplete(
                (outcome, failure) -> {
                  if (failure != null) {
                    made.completeExceptionally(failure);
                    return;
                  }
                  try {
                    made.complete(
                        outcome instanceof GetOutcome.Found found
                            ? Optional.of(reader.read(found.body()))
                            : Optional.empty());
                  } catch (Throwable e) {
                    made.completeExceptionally(e); // Or whoever waits would wait for ever.
                  }
                });
    return made;
  }

  /**
   * Creates an object if the key has none (If-None-Match: *).
   *
   * @param body from its position to its limit; not modified, and must not change until completion
   */
  CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body);

  /**
   * Creates an object if the key has none, of parts that follow one another: like {@link
   * #putIfAbsent(String, ByteBuffer)} with all of them as one body, which is what it does unless a
   * store can do without the copy.
   *
   * @param parts each from its position to its limit; not modified, and must not change until
   *     completion
   */
  default CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    return putIfAbsent(key, Bodies.joined(parts));
  }

  /**
   * Replaces an object if it still has the ETag {@code expected} (If-Match). An absent key is a
   * conflict.
   *
   * @param body from its position to its limit; not modified, and must not change until completion
   */
  CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body);

  /**
   * Lists objects by prefix, a page at a time. For vacuum and administration only: the data path
   * never lists.
   *
   * @param continuation from the page before, null for the first
   */
  CompletableFuture<ListPage> list(String prefix, @Nullable String continuation);

  /**
   * Lists the folders directly below a prefix, a page at a time: the distinct keys up to the next
   * slash. Objects directly below the prefix are left out, so that a page may be empty and not the
   * last. For vacuum and administration only; it costs requests by folders and not by the objects
   * in them.
   *
   * @param prefix empty, or ending in a slash
   * @param continuation from the page before, null for the first
   */
  CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation);

  /** Deletes an object; one that is absent is not an error. */
  CompletableFuture<Void> delete(String key);

  /** Releases threads and connections. Calls under way may fail. Does not throw. */
  @Override
  void close();
}
