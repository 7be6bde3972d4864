package io.raftless.connect.sink;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A store that answers conditional writes as it is told. Closing it leaves what it is before. */
final class ScriptedStore extends ForwardingObjectStore {
  enum Answer {
    HONEST,
    /** Refused for good: nothing happened. */
    REFUSED,
    /** Nothing happened, and nobody knows. */
    REQUEST_LOST,
    /** It happened, and nobody knows. */
    RESPONSE_LOST,
    /** No answer; it happens when {@link #land} is called. */
    HANGS,
    /** It happened, and there is no answer. */
    HANGS_AFTERWARDS
  }

  interface Script {
    Answer answer(String key);
  }

  static final Predicate<String> HEAD = key -> key.endsWith("/head");
  static final Predicate<String> WAL = key -> key.contains("/wal/");
  static final Predicate<String> DESCRIPTOR = key -> key.endsWith("log.json");

  private final List<String> written = new CopyOnWriteArrayList<>();
  private final Queue<Runnable> late = new ConcurrentLinkedQueue<>();
  private volatile Script script = key -> Answer.HONEST;

  ScriptedStore(ObjectStore store) {
    super(store);
  }

  void follow(Script next) {
    script = next;
  }

  void heal() {
    follow(key -> Answer.HONEST);
  }

  /** Answers one write so, the first one whose key fits; says whether that came. */
  AtomicBoolean once(Predicate<String> keys, Answer answer) {
    AtomicBoolean came = new AtomicBoolean();
    follow(key -> keys.test(key) && came.compareAndSet(false, true) ? answer : Answer.HONEST);
    return came;
  }

  long count(Predicate<String> keys) {
    return written.stream().filter(keys).count();
  }

  /** What hung reaches the store. */
  void land() {
    for (Runnable request = late.poll(); request != null; request = late.poll()) {
      request.run();
    }
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return answered(key, () -> super.putIfAbsent(key, body));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    return answered(key, () -> super.putIfMatch(key, expected, body));
  }

  private CompletableFuture<PutOutcome> answered(
      String key, Supplier<CompletableFuture<PutOutcome>> request) {
    written.add(key);
    return switch (script.answer(key)) {
      case HONEST -> request.get();
      case REFUSED ->
          CompletableFuture.failedFuture(
              StoreException.refused("refused by the test: " + key, new IOException("no")));
      case REQUEST_LOST ->
          CompletableFuture.completedFuture(
              new PutOutcome.Unknown(new IOException("request lost")));
      case RESPONSE_LOST ->
          request
              .get()
              .thenApply(outcome -> new PutOutcome.Unknown(new IOException("response lost")));
      case HANGS -> {
        CompletableFuture<PutOutcome> hanging = new CompletableFuture<>();
        late.add(() -> hanging.complete(request.get().join()));
        yield hanging;
      }
      case HANGS_AFTERWARDS -> {
        CompletableFuture<PutOutcome> silent = new CompletableFuture<>();
        PutOutcome outcome = request.get().join();
        late.add(() -> silent.complete(outcome));
        yield silent;
      }
    };
  }

  @Override
  public void close() {}
}
