package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Stores the position of a writer id without records: replaces the one that it names. *Because* a
 * retry after a lost response would otherwise set it back over one that another process of the same
 * holder stored in between.
 *
 * <p>The name alone does not decide a retry, since positions may return: A, B (ours, and the
 * response is lost), A again (somebody else's); a retry that finds A must not make it B. So the
 * transition remembers how often a position had been stored when the attempt was made. With n for
 * how often one was stored since:
 *
 * <table>
 *   <caption>What a state says after an attempt without an answer</caption>
 *   <tr><th>epoch</th><th>n</th><th>position</th><th>verdict</th></tr>
 *   <tr><td>ours</td><td>any</td><td>the new one</td><td>it is there; if the head is still the one
 *       of the first attempt, it is written again, so that nothing sent before can undo it</td></tr>
 *   <tr><td>ours</td><td>0</td><td>(the expected one)</td><td>the attempt did not land: again</td></tr>
 *   <tr><td>ours</td><td>1</td><td>another</td><td>that one was not ours: decided as if nothing had
 *       been attempted</td></tr>
 *   <tr><td>ours</td><td>≥ 2</td><td>another</td><td>nobody can tell whether ours was among them
 *       </td></tr>
 *   <tr><td>another's</td><td>0</td><td>any</td><td>rejected: it did not land</td></tr>
 *   <tr><td>another's</td><td>≥ 1</td><td>any</td><td>nobody can tell</td></tr>
 * </table>
 *
 * @param writerId whose position
 * @param epoch from its acquire
 * @param expected the position that is replaced; null for none
 * @param next the position to store, at most {@value AppendRequest#MAX_POSITION} characters
 * @param attemptedAt how often a position had been stored in the state of the last attempt that was
 *     not answered with success; empty if there was none
 * @param firstAttempt the version of the head that the first such attempt was made on; empty if
 *     there was none
 */
public record StorePosition(
    String writerId,
    long epoch,
    @Nullable String expected,
    String next,
    OptionalLong attemptedAt,
    OptionalLong firstAttempt)
    implements Transition<Head, StorePosition.Outcome> {

  public StorePosition {
    if (next.length() > AppendRequest.MAX_POSITION) {
      throw new IllegalArgumentException(
          "the position has "
              + next.length()
              + " characters: use at most "
              + AppendRequest.MAX_POSITION);
    }
  }

  /** A change that was not attempted yet. */
  public static StorePosition replacing(
      String writerId, long epoch, @Nullable String expected, String next) {
    return new StorePosition(
        writerId, epoch, expected, next, OptionalLong.empty(), OptionalLong.empty());
  }

  /** What came of it. */
  public sealed interface Outcome {

    /** The position is the new one, by this change or by the same one of somebody else. */
    record Stored() implements Outcome {}

    /**
     * The position is neither the expected nor the new one; this change did not happen.
     *
     * @param position what it is
     */
    record Moved(@Nullable String position) implements Outcome {}

    /**
     * It is not allowed, or there is no room; this change did not happen.
     *
     * @param reason why
     */
    record Refused(AppendOutcome.Rejected reason) implements Outcome {}

    /** It may have happened and been replaced since: nothing is left to see. */
    record Untold() implements Outcome {}
  }

  @Override
  public Verdict<Head, Outcome> apply(Head head) {
    WriterEntry writer = head.writers().get(writerId);
    if (writer == null || writer.epoch() != epoch) {
      if (storedSince(writer) > 0) {
        return new Verdict.Reject<>(new Outcome.Untold());
      }
      return refused(
          writer == null
              ? new AppendOutcome.UnknownWriter()
              : new AppendOutcome.FencedOff(writer.holder(), writer.epoch()));
    }
    if (next.equals(writer.position())) {
      if (firstAttempt.isPresent() && head.version() > firstAttempt.getAsLong()) {
        return new Verdict.Hold<>(new Outcome.Stored());
      }
      // It is written, and counted, all the same: *because* a write that was sent before, and of
      // which nobody knows what became, could otherwise undo what is reported as stored here.
      return new Verdict.Replace<>(
          head.withWriter(writerId, writer.withPosition(next)), new Outcome.Stored(), List.of());
    }
    if (storedSince(writer) > 1) {
      return new Verdict.Reject<>(new Outcome.Untold());
    }
    if (head.state().status() != LogState.Status.OPEN) {
      return refused(new AppendOutcome.LogNotOpen(head.state()));
    }
    if (!Objects.equals(expected, writer.position())) {
      return new Verdict.Reject<>(new Outcome.Moved(writer.position()));
    }
    WriterEntry changed = writer.withPosition(next);
    int bytes = head.writersBytes(writerId, changed);
    if (bytes > Head.MAX_WRITERS_BYTES) {
      return refused(new AppendOutcome.NoRoom(bytes));
    }
    return new Verdict.Replace<>(
        head.withWriter(writerId, changed), new Outcome.Stored(), List.of());
  }

  private static Verdict<Head, Outcome> refused(AppendOutcome.Rejected reason) {
    return new Verdict.Reject<>(new Outcome.Refused(reason));
  }

  /** How often a position was stored since the attempt; 0 if there was no attempt. */
  private long storedSince(@Nullable WriterEntry writer) {
    if (attemptedAt.isEmpty()) {
      return 0;
    }
    // A writer id that is gone takes its count with it.
    return writer == null ? Long.MAX_VALUE : writer.storeCount() - attemptedAt.getAsLong();
  }

  @Override
  public Transition<Head, Outcome> attemptedOn(Head head) {
    WriterEntry writer = head.writers().get(writerId);
    long count = writer == null ? 0 : writer.storeCount();
    OptionalLong first = firstAttempt.isPresent() ? firstAttempt : OptionalLong.of(head.version());
    return new StorePosition(writerId, epoch, expected, next, OptionalLong.of(count), first);
  }
}
