package io.raftless.flink.sink.failure;

import io.raftless.store.ETag;
import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The store of one attempt of one subtask, which does to its requests what the script says. */
final class ScriptedStore extends ForwardingObjectStore {
  private static final Pattern HEAD = Pattern.compile(".*/([0-9]+)/head");

  private final Script script;
  private final Actor actor;

  ScriptedStore(ObjectStore store, Script script, Actor actor) {
    super(store);
    this.script = script;
    this.actor = actor;
  }

  private Optional<Place> ofHead(Action action, String key) {
    Matcher head = HEAD.matcher(key);
    return head.matches()
        ? Optional.of(Place.ofHead(action, actor.name(), Integer.parseInt(head.group(1))))
        : Optional.empty();
  }

  @Override
  public CompletableFuture<GetOutcome> get(String key) {
    return read(key, () -> super.get(key));
  }

  @Override
  public CompletableFuture<GetOutcome> getIfChanged(String key, ETag known) {
    return read(key, () -> super.getIfChanged(key, known));
  }

  private CompletableFuture<GetOutcome> read(
      String key, Supplier<CompletableFuture<GetOutcome>> request) {
    Optional<Place> place = ofHead(Action.READ_HEAD, key);
    if (place.isEmpty()) {
      return alive(request);
    }
    return script
        .arrival(actor, key, Effect.LATE_BEFORE_READ)
        .thenCompose(
            arrived ->
                step(
                    place.get(),
                    key,
                    request,
                    lost -> CompletableFuture.failedFuture(unavailable(key, lost))));
  }

  @Override
  public CompletableFuture<GetOutcome> getRange(String key, long offset, int length) {
    return alive(() -> super.getRange(key, offset, length));
  }

  @Override
  public CompletableFuture<PutOutcome> putIfAbsent(String key, ByteBuffer body) {
    if (!key.contains("/wal/")) {
      return alive(() -> super.putIfAbsent(key, body));
    }
    return step(
        Place.of(Action.UPLOAD, actor.name()),
        key,
        () -> super.putIfAbsent(key, body),
        ScriptedStore::unknown);
  }

  @Override
  public CompletableFuture<PutOutcome> putIfMatch(String key, ETag expected, ByteBuffer body) {
    Optional<Place> place = ofHead(Action.SWAP_HEAD, key);
    if (place.isEmpty()) {
      return alive(() -> super.putIfMatch(key, expected, body));
    }
    script.waitIfHeld(actor, place.get());
    return script
        .arrival(actor, key, Effect.LATE_BEFORE_SWAP)
        .thenCompose(arrived -> swap(place.get(), key, expected, body))
        .thenCompose(
            outcome ->
                script.arrival(actor, key, Effect.LATE_AFTER_SWAP).thenApply(arrived -> outcome));
  }

  private CompletableFuture<PutOutcome> swap(
      Place place, String key, ETag expected, ByteBuffer body) {
    if (actor.isDead()) {
      return never();
    }
    Optional<Failure> failure = script.reach(actor, place);
    if (failure.isPresent() && failure.get().effect().isLate()) {
      ByteBuffer copy = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
      script.postpone(
          key,
          new Script.Late(
              failure.get().effect(),
              actor.generation(),
              backdoor -> backdoor.putIfMatch(key, expected, copy)));
      return die(failure.get());
    }
    return happen(
        failure, key, () -> super.putIfMatch(key, expected, body), ScriptedStore::unknown);
  }

  private <O> CompletableFuture<O> step(
      Place place,
      String key,
      Supplier<CompletableFuture<O>> request,
      Function<IOException, CompletableFuture<O>> lost) {
    if (actor.isDead()) {
      return never();
    }
    return happen(script.reach(actor, place), key, request, lost);
  }

  private <O> CompletableFuture<O> happen(
      Optional<Failure> failure,
      String key,
      Supplier<CompletableFuture<O>> request,
      Function<IOException, CompletableFuture<O>> lost) {
    if (failure.isEmpty()) {
      return alive(request);
    }
    IOException why = new IOException("the test's script: " + failure.get());
    return switch (failure.get().effect()) {
      case REFUSED -> CompletableFuture.failedFuture(StoreException.refused(key, why));
      case REQUEST_LOST -> lost.apply(why);
      case RESPONSE_LOST -> request.get().thenCompose(outcome -> lost.apply(why));
      case CRASH_BEFORE -> die(failure.get());
      case CRASH_AFTER -> request.get().thenCompose(outcome -> die(failure.get()));
      case LATE_BEFORE_READ, LATE_BEFORE_SWAP, LATE_AFTER_SWAP ->
          throw new IllegalStateException(failure.get() + " is not for " + key);
    };
  }

  /** What is dead sends nothing, and hears nothing of what it has sent. */
  private <O> CompletableFuture<O> alive(Supplier<CompletableFuture<O>> request) {
    return actor.isDead() ? never() : request.get();
  }

  private <O> CompletableFuture<O> die(Failure failure) {
    actor.kill(new InjectedFailure(failure.toString()));
    return never();
  }

  private static <O> CompletableFuture<O> never() {
    return new CompletableFuture<>();
  }

  private static CompletableFuture<PutOutcome> unknown(IOException why) {
    return CompletableFuture.completedFuture(new PutOutcome.Unknown(why));
  }

  private static StoreException unavailable(String key, IOException why) {
    return StoreException.unavailable(key, why);
  }
}
