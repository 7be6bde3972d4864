package io.raftless.flink.metrics;

import io.raftless.store.BodyReader;
import io.raftless.store.CountingObjectStore;
import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.RequestCounts;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;

/** Counts what goes to another store, and says how long its last writes took. Thread-safe. */
@Internal
public final class MeasuredStore extends ForwardingObjectStore {
  private final CountingObjectStore counting;
  private volatile long lastUploadMillis;
  private volatile long lastReplacementMillis;

  private MeasuredStore(CountingObjectStore counting) {
    super(counting);
    this.counting = counting;
  }

  /** Measures from now on; closing it closes {@code store}. */
  public static MeasuredStore around(ObjectStore store) {
    return new MeasuredStore(new CountingObjectStore(store));
  }

  /** The requests until now. */
  public RequestCounts counts() {
    return counting.counts();
  }

  /** How long the last creation of an object took, whatever became of it; 0 before the first. */
  public long lastUploadMillis() {
    return lastUploadMillis;
  }

  /** How long the last conditional write of an object that exists took; 0 before the first. */
  public long lastReplacementMillis() {
    return lastReplacementMillis;
  }

  @Override
  public <T> CompletableFuture<Optional<T>> getRange(
      String key, long offset, int length, BodyReader<T> reader) {
    return store.getRange(key, offset, length, reader);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    long started = System.nanoTime();
    return measured(super.putIfAbsent(key, body), started);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, List<ByteBuffer> parts) {
    long started = System.nanoTime();
    return measured(store.putIfAbsent(key, parts), started);
  }

  private CompletableFuture<PutOutcome> measured(
      CompletableFuture<PutOutcome> answer, long started) {
    // Not the dependent stage: it would wrap the exceptions that the contract promises.
    var unused = answer.whenComplete((outcome, failure) -> lastUploadMillis = millisSince(started));
    return answer;
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    long started = System.nanoTime();
    CompletableFuture<PutOutcome> answer = super.putIfMatch(key, expected, body);
    var unused =
        answer.whenComplete((outcome, failure) -> lastReplacementMillis = millisSince(started));
    return answer;
  }

  private static long millisSince(long startedNanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
  }
}
