package io.raftless.flink.testing;

import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store in memory that counts replacements of objects and can be told how to answer them. */
public final class FaultyStore implements ObjectStore {

  /** How a replacement is answered. */
  public enum Answer {
    /** As the store does. */
    HONEST,
    /** Refused for good: nothing happened. */
    REFUSED,
    /** It happened, but the response gets lost. */
    LOST_RESPONSE
  }

  /** Decides about a replacement. */
  @FunctionalInterface
  public interface Script {
    Answer answer(String key);
  }

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final List<String> replaced = new CopyOnWriteArrayList<>();
  private volatile Script script = key -> Answer.HONEST;

  /** From now on, replacements are answered so. */
  public void follow(Script script) {
    this.script = script;
  }

  /** Answers honestly again. */
  public void heal() {
    follow(key -> Answer.HONEST);
  }

  /** Which keys were asked to be replaced, in order. */
  public List<String> replaced() {
    return List.copyOf(replaced);
  }

  /** Forgets what {@link #replaced} tells. */
  public void forgetReplaced() {
    replaced.clear();
  }

  /** Whether a key is the head of a partition. */
  public static Predicate<String> headOf(int partition) {
    return key -> key.endsWith("/" + partition + "/head");
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    replaced.add(key);
    return switch (script.answer(key)) {
      case HONEST -> store.putIfMatch(key, expected, body);
      case REFUSED ->
          CompletableFuture.failedFuture(
              StoreException.refused("refused by the test: " + key, new IOException("no")));
      case LOST_RESPONSE ->
          store
              .putIfMatch(key, expected, body)
              .thenApply(outcome -> new PutOutcome.Unknown(new IOException("response lost")));
    };
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return store.get(key);
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return store.getIfChanged(key, known);
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return store.getRange(key, offset, length);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    return store.putIfAbsent(key, body);
  }

  @Override
  public CompletableFuture<ListPage> list(String prefix, @Nullable String continuation) {
    return store.list(prefix, continuation);
  }

  @Override
  public CompletableFuture<Void> delete(String key) {
    return store.delete(key);
  }

  @Override
  public void close() {
    store.close();
  }
}
