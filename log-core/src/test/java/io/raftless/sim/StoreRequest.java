package io.raftless.sim;

import io.raftless.store.ETag;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request of a machine to the store. Three things happen to it, each at most once and each by
 * the schedule: it takes effect, it is answered, or its answer is lost. It may take effect after it
 * was answered as unknown, and after its machine crashed.
 *
 * @param <T> what it is answered with
 */
final class StoreRequest<T> {

  /** What is asked. */
  enum Kind {
    GET,
    GET_IF_CHANGED,
    GET_RANGE,
    CREATE,
    REPLACE,
    LIST,
    LIST_FOLDERS,
    DELETE;

    /** Whether it is a conditional write, whose answer has three outcomes. */
    boolean isWrite() {
      return this == CREATE || this == REPLACE;
    }
  }

  private final Machine machine;
  private final int life;
  private final int number;
  private final Kind kind;
  private final String key;
  private final @Nullable ETag expected;
  private final @Nullable ByteBuffer body;
  private final Function<ObjectStore, CompletableFuture<T>> operation;
  private final CompletableFuture<T> future = new CompletableFuture<>();
  private @Nullable T outcome;
  private boolean isAnswered;

  StoreRequest(
      Machine machine,
      int number,
      Kind kind,
      String key,
      @Nullable ETag expected,
      @Nullable ByteBuffer body,
      Function<ObjectStore, CompletableFuture<T>> operation) {
    this.machine = machine;
    this.life = machine.life();
    this.number = number;
    this.kind = kind;
    this.key = key;
    this.expected = expected;
    this.body = body;
    this.operation = operation;
  }

  Machine machine() {
    return machine;
  }

  int number() {
    return number;
  }

  Kind kind() {
    return kind;
  }

  String key() {
    return key;
  }

  /** What a replacement is made on. */
  @Nullable ETag expected() {
    return expected;
  }

  /** What a write writes; a view of its own. */
  ByteBuffer body() {
    if (body == null) {
      throw new IllegalStateException(kind + " has no body");
    }
    return body.duplicate();
  }

  CompletableFuture<T> future() {
    return future;
  }

  /** What the store did with it; null if it did not take effect. */
  @Nullable T outcome() {
    return outcome;
  }

  boolean isAnswered() {
    return isAnswered;
  }

  /** Whether the store did what was asked: a write was stored, a read or delete was done. */
  boolean isApplied() {
    return outcome != null && (!kind.isWrite() || outcome instanceof PutOutcome.Stored);
  }

  /** At the store, now. */
  void takeEffect() {
    if (outcome != null) {
      throw new IllegalStateException(this + " takes effect twice");
    }
    World world = machine.world();
    outcome = operation.apply(world.disk().store()).join();
    world.tookEffect(this);
  }

  /** Tells the machine what the store did. */
  void answer() {
    T result = outcome;
    if (result == null) {
      throw new IllegalStateException(this + " has no outcome yet");
    }
    answer(result);
  }

  /** Tells the machine something, be it true or not. */
  void answer(T result) {
    if (begin("answered: " + Journal.brief(result))) {
      future.complete(result);
    }
  }

  /** Tells the machine of a failed read, list or delete. */
  void fail(StoreException trouble) {
    if (begin("failed: " + trouble.getMessage())) {
      future.completeExceptionally(trouble);
    }
  }

  /** Whether there is somebody to hear it. */
  private boolean begin(String what) {
    if (isAnswered) {
      throw new IllegalStateException(this + " is answered twice");
    }
    isAnswered = true;
    boolean isHeard = machine.isAlive() && machine.life() == life;
    machine
        .world()
        .journal()
        .add(isHeard ? Journal.Kind.ANSWERED : Journal.Kind.UNHEARD, machine, this, what);
    return isHeard;
  }

  @Override
  public String toString() {
    return "#" + number + " " + kind + " " + key + (expected == null ? "" : " if " + expected);
  }
}
