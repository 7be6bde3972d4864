package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;

/**
 * Removes a writer id from a head. It names the epoch that it removes: *because* a newer holder
 * must not be forgotten by somebody who means an older one. Since epochs are head versions, the
 * removed one can never match again, whoever acquires the writer id later.
 *
 * <p>Forgetting a position replays what it covered, and forgetting superseded holders lets them
 * come back; so both is done only if asked for.
 *
 * @param writerId which
 * @param epoch of the holder to forget
 * @param dropsWhatItRemembers whether a position and superseded holders may go
 */
public record ForgetWriter(String writerId, long epoch, boolean dropsWhatItRemembers)
    implements Transition<Head, ForgetWriter.Outcome> {

  /** What came of it. */
  public sealed interface Outcome {

    /** The head knows nothing of the writer id: forgotten now or before. */
    record Forgotten() implements Outcome {}

    /**
     * Another holder has the writer id.
     *
     * @param holder who
     * @param epoch its epoch
     */
    record HeldByAnother(String holder, long epoch) implements Outcome {}

    /**
     * There is something to lose.
     *
     * @param entry what the head knows
     */
    record Remembers(WriterEntry entry) implements Outcome {}

    /** The log is deleted. */
    record Deleted() implements Outcome {}
  }

  @Override
  public Verdict<Head, Outcome> apply(Head head) {
    WriterEntry known = head.writers().get(writerId);
    if (head.state().status() == LogState.Status.DELETED) {
      return new Verdict.Reject<>(new Outcome.Deleted());
    }
    if (known == null) {
      return new Verdict.Hold<>(new Outcome.Forgotten());
    }
    if (known.epoch() != epoch) {
      return new Verdict.Reject<>(new Outcome.HeldByAnother(known.holder(), known.epoch()));
    }
    if (!dropsWhatItRemembers && (known.position() != null || !known.superseded().isEmpty())) {
      return new Verdict.Reject<>(new Outcome.Remembers(known));
    }
    return new Verdict.Replace<>(head.withoutWriter(writerId), new Outcome.Forgotten(), List.of());
  }
}
