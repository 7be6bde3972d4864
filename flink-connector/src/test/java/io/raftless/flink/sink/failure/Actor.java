package io.raftless.flink.sink.failure;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of the writer or committer of one subtask. It can be killed from any thread: from
 * then on its store sends nothing, and its task ends as soon as it is in our hands.
 *
 * <p>Thread-safe.
 */
final class Actor {
  private final String name;
  private final int generation;

  /** Why it is dead; null while it lives. Guarded by this. */
  private @Nullable InjectedFailure death;

  /** The task's thread while it is in a call of ours. Guarded by this. */
  private @Nullable Thread inCall;

  /** What the last call threw; null if it returned. Guarded by this. */
  private @Nullable Exception end;

  Actor(String name, int generation) {
    this.name = name;
    this.generation = generation;
  }

  /** What a task does in a call of Flink's. */
  interface Call<V> {
    V run() throws IOException, InterruptedException;
  }

  String name() {
    return name;
  }

  int generation() {
    return generation;
  }

  synchronized boolean isDead() {
    return death != null;
  }

  /** Ends the task, now or when Flink calls it the next time. */
  synchronized void kill(InjectedFailure why) {
    if (death == null) {
      death = why;
      if (inCall != null) {
        inCall.interrupt();
      }
    }
  }

  /** Makes a call in the task's thread, unless it is dead; a task that dies in it throws. */
  <V> V call(Call<V> call) throws IOException, InterruptedException {
    enter();
    try {
      V value = call.run();
      leave(null);
      return value;
    } catch (IOException | InterruptedException | RuntimeException e) {
      leave(e);
      throw e;
    }
  }

  /** Whether its task is in no call. */
  synchronized boolean isIdle() {
    return inCall == null;
  }

  /** What its last call threw, if it threw. */
  synchronized Optional<Exception> end() {
    return Optional.ofNullable(end);
  }

  private synchronized void enter() throws InjectedFailure {
    if (death != null) {
      throw death;
    }
    inCall = Thread.currentThread();
  }

  private synchronized void leave(@Nullable Exception consequence) throws InjectedFailure {
    inCall = null;
    end = consequence;
    if (death != null) {
      // The interrupt was ours; Flink repeats its own.
      Thread.interrupted();
      if (consequence != null && consequence != death) {
        death.addSuppressed(consequence);
      }
      throw death;
    }
  }
}
