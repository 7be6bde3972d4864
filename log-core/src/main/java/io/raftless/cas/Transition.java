package io.raftless.cas;

import java.util.concurrent.CompletableFuture;

/**
 * A change of a state as a pure function: everything it depends on is in the state it replaces (or
 * was looked up from that very state), which is what makes it atomic.
 *
 * @param <S> the state
 * @param <R> the result for the caller
 */
public interface Transition<S, R> {

  /** Decides, from scratch, on a state. Must not have side effects. */
  Verdict<S, R> apply(S state);

  /**
   * Finds out what {@link #apply} said it needs to know about {@code state}. Completes with a
   * transition that knows; fails with {@link StaleStateException} if the state is too old to tell.
   */
  default CompletableFuture<Transition<S, R>> lookUp(S state) {
    throw new IllegalStateException("this transition needs no look-up");
  }

  /**
   * Whether {@code state} cannot tell any more if an earlier attempt took effect: what it would
   * show may have been cleaned away since.
   */
  default boolean cannotTell(S state) {
    return false;
  }

  /**
   * This transition, knowing that it was attempted and not answered with success: its effect may be
   * in any later state.
   */
  default Transition<S, R> attempted() {
    return this;
  }

  /**
   * The same, for a transition that must remember on which state the attempt was made to recognize
   * its effect later.
   */
  default Transition<S, R> attemptedOn(S state) {
    return attempted();
  }
}
