package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import java.util.List;

/**
 * Moves the first readable offset ahead, never back. What is below it is not readable from then on,
 * and its data is garbage; its labels stay in the index until they are below the horizon (design
 * §5, {@link ForgetTrimmed}).
 *
 * <p>The target is an offset that was fixed before: a target that moves with the head, like
 * "latest", would trim what is appended while an earlier attempt's outcome is unknown.
 *
 * @param target the first offset to keep, ≥ 0
 */
public record Trim(long target) implements Transition<Head, Trim.Outcome> {

  public Trim {
    if (target < 0) {
      throw new IllegalArgumentException("offset " + target + " is negative");
    }
  }

  /** What came of it. */
  public sealed interface Outcome {

    /**
     * Done, now or before.
     *
     * @param startOffset where the partition starts; may be beyond what was asked for
     */
    record Trimmed(long startOffset) implements Outcome {}

    /**
     * The partition does not reach that far.
     *
     * @param nextOffset where it ends
     */
    record BeyondEnd(long nextOffset) implements Outcome {}

    /** The log is deleted. */
    record Deleted() implements Outcome {}
  }

  @Override
  public Verdict<Head, Outcome> apply(Head head) {
    if (head.isDeleted()) {
      return new Verdict.Reject<>(new Outcome.Deleted());
    }
    if (target <= head.startOffset()) {
      return new Verdict.Hold<>(new Outcome.Trimmed(head.startOffset()));
    }
    if (target > head.nextOffset()) {
      return new Verdict.Reject<>(new Outcome.BeyondEnd(head.nextOffset()));
    }
    return new Verdict.Replace<>(
        head.withStartOffset(target), new Outcome.Trimmed(target), List.of());
  }
}
