package io.raftless.cas;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a transition makes of a state.
 *
 * @param <S> the state
 * @param <R> the result for the caller
 */
public sealed interface Verdict<S, R> {

  /**
   * Replace the state.
   *
   * @param next the state to be; the cell gives it its version
   * @param result for the caller, once the write is stored
   * @param before immutable objects that {@code next} refers to: stored before it
   */
  record Replace<S, R>(S next, R result, List<NewObject> before) implements Verdict<S, R> {
    public Replace {
      before = List.copyOf(before);
    }
  }

  /** The effect is there already: nothing to write. */
  record Hold<S, R>(R result) implements Verdict<S, R> {}

  /**
   * It cannot be done on this state. The caller hears it only when no earlier attempt of this
   * update can land any more.
   */
  record Reject<S, R>(R result) implements Verdict<S, R> {}

  /** It depends on what is not in the state: {@link Transition#lookUp} finds out. */
  record NeedLookup<S, R>() implements Verdict<S, R> {}

  /**
   * An immutable object under a fresh name.
   *
   * @param key its name
   * @param body its content
   */
  record NewObject(String key, ByteBuffer body) {}
}
