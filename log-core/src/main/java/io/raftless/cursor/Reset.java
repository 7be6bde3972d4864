package io.raftless.cursor;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Label;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Places the cursor anywhere, or takes the position away, and begins a new generation. It names the
 * generation that it ends and leaves its own name in the cursor: *because* a reset that is not
 * monotone and was repeated after a lost response would undo what was processed since.
 *
 * @param generation the generation it ends
 * @param offset where the cursor is to be; null to delete it
 * @param by a name that no other reset has
 * @param isAttempted whether an attempt was made that was not answered with success
 */
public record Reset(long generation, @Nullable Long offset, Label by, boolean isAttempted)
    implements Transition<Cursor, Reset.Outcome> {

  /** What came of it. */
  public sealed interface Outcome {

    /**
     * The generation was begun by this reset, now or before.
     *
     * @param cursor as it is: consumers may have moved it since
     */
    record Done(Cursor cursor) implements Outcome {}

    /**
     * The cursor was of another generation: another reset came first, and this one did nothing.
     *
     * @param cursor as it is
     */
    record Overtaken(Cursor cursor) implements Outcome {}

    /**
     * The response to an attempt got lost, and another reset followed the generation that it would
     * have begun.
     *
     * @param cursor as it is
     */
    record CannotTell(Cursor cursor) implements Outcome {}
  }

  /** A reset that was not attempted yet. */
  public static Reset of(long generation, @Nullable Long offset, Label by) {
    return new Reset(generation, offset, by, false);
  }

  @Override
  public Verdict<Cursor, Outcome> apply(Cursor cursor) {
    if (by.equals(cursor.resetBy())) {
      return new Verdict.Hold<>(new Outcome.Done(cursor));
    }
    if (cursor.generation() == generation) {
      // Also where nothing would change: the generation must, so that nothing of before counts.
      Cursor next = cursor.resetTo(offset, by);
      return new Verdict.Replace<>(next, new Outcome.Done(next), List.of());
    }
    // The generation that this one would have begun is there, with another name: it was not ours.
    boolean isTold = !isAttempted || cursor.generation() == generation + 1;
    return new Verdict.Reject<>(
        isTold ? new Outcome.Overtaken(cursor) : new Outcome.CannotTell(cursor));
  }

  @Override
  public Transition<Cursor, Outcome> attempted() {
    return new Reset(generation, offset, by, true);
  }
}
