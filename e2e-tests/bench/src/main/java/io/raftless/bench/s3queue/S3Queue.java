package io.raftless.bench.s3queue;

import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One topic of S3-Queue. An append that meets nobody else is six requests, one after the other:
 *
 * <ol>
 *   <li>PUT the records as an object of their own
 *   <li>GET the state of the log: is it fenced?
 *   <li>GET the tail
 *   <li>PUT the tail's pending entry into the index ("materialise"), whatever comes of it
 *   <li>PUT the tail, If-Match, with the own entry as the pending one; on 412 again from the third
 *   <li>PUT the own entry into the index, whatever comes of it
 * </ol>
 *
 * <p>In its favour: entries are put with If-None-Match, since {@link ObjectStore} has no
 * unconditional write (it costs the same, and repairs what {@code docs/spec/published.md} says of
 * compaction); the texts are shorter than its JSON; it does not back off after a 412, and neither
 * does this.
 *
 * <p>Thread-safe.
 */
public final class S3Queue {
  private static final ByteBuffer OPEN = StandardCharsets.UTF_8.encode("open");

  private final ObjectStore store;
  private final String root;

  /** Where nothing is done until something is appended or read. */
  public S3Queue(ObjectStore store, String topic) {
    this.store = store;
    this.root = topic + "/";
  }

  /** Creates the tail and the state, unless they are there. */
  public CompletableFuture<Void> create() {
    return store
        .putIfAbsent(stateKey(), OPEN.duplicate())
        .thenCompose(unused -> store.putIfAbsent(tailKey(), QueueTail.FIRST.body()))
        .thenApply(unused -> null);
  }

  private String stateKey() {
    return root + "log-state";
  }

  private String tailKey() {
    return root + "sequence-counter";
  }

  private String indexKey(long endOffset) {
    return root + "index/" + String.format("%020d", endOffset);
  }

  /**
   * Appends records next to each other.
   *
   * @param records at least one
   * @return the offset of the first one. Fails with {@link IllegalStateException} if the topic is
   *     fenced or does not exist, and with {@link StoreException} if a request failed: as S3-Queue
   *     does, also if the append may be in the log
   */
  public CompletableFuture<Long> append(List<byte[]> records) {
    String object = root + "wal/" + UUID.randomUUID();
    return store
        .putIfAbsent(object, packed(records))
        .thenCompose(
            outcome -> {
              requireStored(outcome, object);
              return store.get(stateKey());
            })
        .thenCompose(
            state -> {
              if (!found(state, stateKey()).body().equals(OPEN)) {
                throw new IllegalStateException(root + " is fenced");
              }
              return commit(records.size(), object);
            });
  }

  private CompletableFuture<Long> commit(int count, String object) {
    return store
        .get(tailKey())
        .thenCompose(
            got -> {
              GetOutcome.Found found = found(got, tailKey());
              QueueTail tail = QueueTail.parse(found.body());
              return materialise(tail.pending())
                  .thenCompose(unused -> swap(found.etag(), tail.appended(count, object)));
            })
        .thenCompose(
            entry ->
                entry == null
                    ? commit(count, object)
                    : materialise(entry).thenApply(unused -> entry.baseOffset()));
  }

  /** Null if somebody else was faster. */
  private CompletableFuture<@Nullable QueueEntry> swap(ETag seen, QueueTail next) {
    return store
        .putIfMatch(tailKey(), seen, next.body())
        .thenApply(
            outcome -> {
              if (outcome instanceof PutOutcome.Conflict) {
                return null;
              }
              requireStored(outcome, tailKey());
              return Objects.requireNonNull(next.pending());
            });
  }

  /** Nobody minds if it fails. */
  private CompletableFuture<@Nullable PutOutcome> materialise(@Nullable QueueEntry entry) {
    if (entry == null) {
      return CompletableFuture.completedFuture(null);
    }
    return store
        .putIfAbsent(indexKey(entry.endOffset()), entry.body())
        .handle((outcome, trouble) -> outcome);
  }

  /**
   * Reads the records of the append that has this offset. It looks for the first entry at or after
   * it, which S3-Queue does with a LIST that starts there; {@link ObjectStore} has none, so that
   * this one lists from the beginning: good for tests, not for measurements.
   *
   * @param offset from 1
   * @return none if nothing was appended there yet
   */
  public CompletableFuture<List<byte[]>> read(long offset) {
    return ceiling(offset, null)
        .thenCompose(
            key ->
                key == null
                    ? store
                        .get(tailKey())
                        .thenApply(tail -> QueueTail.parse(found(tail, tailKey()).body()).pending())
                    : store.get(key).thenApply(entry -> QueueEntry.parse(found(entry, key).body())))
        .thenCompose(
            entry ->
                entry == null || offset < entry.baseOffset() || offset > entry.endOffset()
                    ? CompletableFuture.completedFuture(List.of())
                    : store
                        .get(entry.object())
                        .thenApply(got -> unpacked(found(got, entry.object()).body())));
  }

  private CompletableFuture<@Nullable String> ceiling(long offset, @Nullable String continuation) {
    return store
        .list(root + "index/", continuation)
        .thenCompose(
            page -> {
              String first = indexKey(offset);
              String key =
                  page.objects().stream()
                      .map(ListPage.ListedObject::key)
                      .filter(found -> found.compareTo(first) >= 0)
                      .min(String::compareTo)
                      .orElse(null);
              return key != null || page.continuation() == null
                  ? CompletableFuture.completedFuture(key)
                  : ceiling(offset, page.continuation());
            });
  }

  private static GetOutcome.Found found(GetOutcome outcome, String key) {
    if (outcome instanceof GetOutcome.Found found) {
      return found;
    }
    throw new IllegalStateException(key + " is missing: was the topic created?");
  }

  private static void requireStored(PutOutcome outcome, String key) {
    if (!(outcome instanceof PutOutcome.Stored)) {
      throw new CompletionException(
          StoreException.unavailable(
              "cannot write " + key, new IOException(String.valueOf(outcome))));
    }
  }

  private static ByteBuffer packed(List<byte[]> records) {
    int bytes = records.stream().mapToInt(record -> Integer.BYTES + record.length).sum();
    ByteBuffer body = ByteBuffer.allocate(bytes);
    for (byte[] record : records) {
      body.putInt(record.length).put(record);
    }
    return body.flip();
  }

  private static List<byte[]> unpacked(ByteBuffer body) {
    List<byte[]> records = new ArrayList<>();
    ByteBuffer left = body.duplicate();
    while (left.hasRemaining()) {
      byte[] record = new byte[left.getInt()];
      left.get(record);
      records.add(record);
    }
    return records;
  }
}
