package io.raftless.cursor;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.id.Label;
import java.util.List;

/**
 * Says that the records from {@code from} up to {@code to} were processed, by this consumer and no
 * other: of all acknowledgements of a record in one generation, one is answered with "advanced".
 *
 * <table>
 *   <caption>What is answered, in this order</caption>
 *   <tr><th>the cursor</th><th>verdict</th></tr>
 *   <tr><td>remembers this acknowledgement</td><td>advanced (before)</td></tr>
 *   <tr><td>was passed or reset since an attempt of unknown outcome, and has forgotten that
 *       far</td><td>cannot tell</td></tr>
 *   <tr><td>is of another generation, or without position</td><td>mismatch</td></tr>
 *   <tr><td>is at or beyond {@code to}</td><td>already processed</td></tr>
 *   <tr><td>is at {@code from}</td><td>move it to {@code to}: advanced</td></tr>
 *   <tr><td>is before {@code from} (a gap) or between the two (an overlap)</td>
 *       <td>mismatch</td></tr>
 * </table>
 *
 * @param generation in which the records were read
 * @param from offset of the first record
 * @param to offset after the last record
 * @param by a name that no other acknowledgement has
 * @param isAttempted whether an attempt was made that was not answered with success
 */
public record Acknowledge(long generation, long from, long to, Label by, boolean isAttempted)
    implements Transition<Cursor, MoveOutcome> {

  public Acknowledge {
    if (from < 0 || from >= to) {
      throw new IllegalArgumentException(
          "acknowledging offsets " + from + " to " + to + ": choose 0 <= from < to");
    }
  }

  /** An acknowledgement that was not attempted yet. */
  public static Acknowledge of(long generation, long from, long to, Label by) {
    return new Acknowledge(generation, from, to, by, false);
  }

  @Override
  public Verdict<Cursor, MoveOutcome> apply(Cursor cursor) {
    if (cursor.wasAcknowledgedBy(by)) {
      return new Verdict.Hold<>(new MoveOutcome.Advanced(cursor));
    }
    if (isAttempted && !cursor.wouldRemember(generation, to)) {
      return new Verdict.Reject<>(new MoveOutcome.CannotTell(cursor));
    }
    Long offset = cursor.offset();
    if (cursor.generation() != generation || offset == null) {
      return new Verdict.Reject<>(new MoveOutcome.Mismatch(cursor));
    }
    if (offset >= to) {
      return new Verdict.Hold<>(new MoveOutcome.AlreadyProcessed(cursor));
    }
    if (offset != from) {
      return new Verdict.Reject<>(new MoveOutcome.Mismatch(cursor));
    }
    Cursor next = cursor.acknowledgedTo(to, by);
    return new Verdict.Replace<>(next, new MoveOutcome.Advanced(next), List.of());
  }

  @Override
  public Transition<Cursor, MoveOutcome> attempted() {
    return new Acknowledge(generation, from, to, by, true);
  }
}
