package io.raftless.flink.testing;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** A store in memory that counts replacements of objects and can be told how to answer them. */
public final class FaultyStore extends ForwardingObjectStore {

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

  private final List<String> replaced = new CopyOnWriteArrayList<>();
  private volatile Script script = key -> Answer.HONEST;

  public FaultyStore() {
    super(new MemoryObjectStore());
  }

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
      case HONEST -> super.putIfMatch(key, expected, body);
      case REFUSED ->
          CompletableFuture.failedFuture(
              StoreException.refused("refused by the test: " + key, new IOException("no")));
      case LOST_RESPONSE ->
          super.putIfMatch(key, expected, body)
              .thenApply(outcome -> new PutOutcome.Unknown(new IOException("response lost")));
    };
  }
}
