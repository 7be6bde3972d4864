package io.raftless.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts what goes to another store. A request counts when it is made, its answer before the future
 * completes; what the other store repeats by itself is one request.
 */
public final class CountingObjectStore implements ObjectStore {
  private final ObjectStore store;
  private final LongAdder gets = new LongAdder();
  private final LongAdder conditionalGets = new LongAdder();
  private final LongAdder notModified = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder conflicts = new LongAdder();
  private final LongAdder unknowns = new LongAdder();
  private final LongAdder lists = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();

  /** Counts from zero; closing this closes {@code store}. */
  public CountingObjectStore(ObjectStore store) {
    this.store = store;
  }

  /** What was counted until now. Requests under way may be in it in part. */
  public RequestCounts counts() {
    return new RequestCounts(
        gets.sum(),
        conditionalGets.sum(),
        notModified.sum(),
        puts.sum(),
        conflicts.sum(),
        unknowns.sum(),
        lists.sum(),
        deletes.sum(),
        bytesIn.sum(),
        bytesOut.sum());
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    gets.increment();
    return counting(store.get(key), this::count);
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    conditionalGets.increment();
    return counting(store.getIfChanged(key, known), this::count);
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    gets.increment();
    return counting(store.getRange(key, offset, length), this::count);
  }

  @Override
  public <T> CompletableFuture<Optional<T>> getRange(
      String key, long offset, int length, BodyReader<T> reader) {
    gets.increment();
    CountedBody<T> counted = new CountedBody<>(reader);
    return counting(
        store.getRange(key, offset, length, counted),
        found -> bytesIn.add(found.isPresent() ? counted.bytes : 0));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    puts.increment();
    bytesOut.add(body.remaining());
    return counting(store.putIfAbsent(key, body), this::count);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    puts.increment();
    bytesOut.add(Bodies.length(parts));
    return counting(store.putIfAbsent(key, parts), this::count);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    puts.increment();
    bytesOut.add(body.remaining());
    return counting(store.putIfMatch(key, expected, body), this::count);
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    lists.increment();
    return store.list(prefix, continuation);
  }

  @Override
  public CompletableFuture<FolderPage> listFolders(String prefix, @Nullable String continuation) {
    lists.increment();
    return store.listFolders(prefix, continuation);
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    deletes.increment();
    return store.delete(key);
  }

  @Override
  public void close() {
    store.close();
  }

  @Override
  public String toString() {
    return store.toString();
  }

  private void count(GetOutcome outcome) {
    if (outcome instanceof GetOutcome.Found found) {
      bytesIn.add(found.body().remaining());
    } else if (outcome instanceof GetOutcome.NotModified) {
      notModified.increment();
    }
  }

  private void count(PutOutcome outcome) {
    if (outcome instanceof PutOutcome.Conflict) {
      conflicts.increment();
    } else if (outcome instanceof PutOutcome.Unknown) {
      unknowns.increment();
    }
  }

  /** A dependent stage would wrap the exception that the contract promises as it is. */
  private static <T> CompletableFuture<T> counting(CompletableFuture<T> answer, Consumer<T> count) {
    CompletableFuture<T> counted = new CompletableFuture<>();
    var unused =
        answer.whenComplete(
            (outcome, failure) -> {
              if (failure != null) {
                counted.completeExceptionally(failure);
              } else {
                count.accept(outcome);
                counted.complete(outcome);
              }
            });
    return counted;
  }

  /** Remembers how long the body was, of the last attempt. */
  private static final class CountedBody<T> implements BodyReader<T> {
    private final BodyReader<T> reader;
    private volatile long bytes;

    CountedBody(BodyReader<T> reader) {
      this.reader = reader;
    }

    @Override
    public T read(ByteBuffer body) {
      bytes = body.remaining();
      return reader.read(body);
    }

    @Override
    public T read(InputStream body, int length) throws IOException {
      bytes = length;
      return reader.read(body, length);
    }
  }
}
