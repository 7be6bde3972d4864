package io.raftless.cursor;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;

/**
 * Gives a group its first position; whoever comes first decides. Returns the cursor as it is then:
 * without a position only if it was deleted in the meantime, which the start must not undo.
 *
 * @param generation of the cursor without position that it changes
 * @param offset where to begin
 */
public record Start(long generation, long offset) implements Transition<Cursor, Cursor> {

  @Override
  public Verdict<Cursor, Cursor> apply(Cursor cursor) {
    if (cursor.offset() != null) {
      return new Verdict.Hold<>(cursor);
    }
    if (cursor.generation() != generation) {
      return new Verdict.Reject<>(cursor);
    }
    Cursor next = cursor.movedTo(offset, null);
    return new Verdict.Replace<>(next, next, List.of());
  }
}
