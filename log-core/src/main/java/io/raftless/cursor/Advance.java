package io.raftless.cursor;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves the cursor to {@code to} unless it is there or beyond already: the maximum within a
 * generation. For consumers that keep their position elsewhere (in a checkpoint) and only publish
 * it; so it does not matter who moved it, and no name is kept.
 *
 * @param generation in which the records were read
 * @param to offset after the last record that was processed
 * @param metadata to store with the offset; null for none
 */
public record Advance(long generation, long to, @Nullable String metadata)
    implements Transition<Cursor, MoveOutcome> {

  public Advance {
    if (to < 0) {
      throw new IllegalArgumentException("offset " + to + " is negative");
    }
    if (metadata != null && metadata.length() > Cursor.MAX_METADATA) {
      throw new IllegalArgumentException(
          "metadata has "
              + metadata.length()
              + " characters: store at most "
              + Cursor.MAX_METADATA
              + " with a cursor");
    }
  }

  @Override
  public Verdict<Cursor, MoveOutcome> apply(Cursor cursor) {
    if (cursor.generation() != generation) {
      return new Verdict.Reject<>(new MoveOutcome.Mismatch(cursor));
    }
    Long offset = cursor.offset();
    if (offset != null && offset >= to) {
      return new Verdict.Hold<>(new MoveOutcome.AlreadyProcessed(cursor));
    }
    Cursor next = cursor.movedTo(to, metadata);
    return new Verdict.Replace<>(next, new MoveOutcome.Advanced(next), List.of());
  }
}
