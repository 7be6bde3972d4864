package io.raftless.head;

import io.raftless.cas.Transition;
import io.raftless.cas.Verdict;
import io.raftless.format.Origin;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code holder} the holder of a writer id. From then on no append of the holder before
 * commits, because its epoch is compared in the very head that its append would replace (design
 * §4).
 *
 * @param writerId the stable name of the logical writer
 * @param holder one incarnation of it
 * @param rank the epoch that this acquire got on the first partition; empty on the first partition
 *     itself. It decides between two newcomers that cross each other: *because* each would
 *     otherwise supersede the other somewhere, and neither could come back
 * @param firstAttempt the version of the head on which this acquire was first attempted without an
 *     answer of success; empty if it was not
 */
public record Acquire(String writerId, String holder, OptionalLong rank, OptionalLong firstAttempt)
    implements Transition<Head, Acquire.Outcome> {

  private static final int MAX_NAME = Origin.MAX_WRITER_ID;

  public Acquire {
    requireName("writerId", writerId);
    requireName("holder", holder);
  }

  /** An acquire that was not attempted yet. */
  public static Acquire of(String writerId, String holder, OptionalLong rank) {
    return new Acquire(writerId, holder, rank, OptionalLong.empty());
  }

  private static void requireName(String what, String name) {
    Objects.requireNonNull(name, what);
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          what + " '" + name + "' has " + name.length() + " characters: use 1 to " + MAX_NAME);
    }
  }

  /** What came of it. */
  public sealed interface Outcome {

    /**
     * The writer id is held.
     *
     * @param epoch to append with
     * @param rank for the acquires on the other partitions
     * @param position what the writer id last stored with its records
     */
    record Acquired(long epoch, long rank, @Nullable String position) implements Outcome {}

    /**
     * The holder was superseded before and cannot come back.
     *
     * @param by the holder there is now
     * @param epoch its epoch
     */
    record Superseded(String by, long epoch) implements Outcome {}

    /** The head has no room for another writer id, or for this holder's name. */
    record TooManyWriters() implements Outcome {}

    /** The log is deleted. */
    record Deleted() implements Outcome {}
  }

  @Override
  public Verdict<Head, Outcome> apply(Head head) {
    WriterEntry known = head.writers().get(writerId);
    if (head.state().status() == LogState.Status.DELETED) {
      return new Verdict.Reject<>(new Outcome.Deleted());
    }
    if (known != null && known.holder().equals(holder)) {
      // It writes even though nothing changes: *because* a write of this holder that was sent
      // before, and of which nobody knows what became, could otherwise land after the position was
      // returned. Once the head has changed since this acquire began, none can.
      Outcome held = new Outcome.Acquired(known.epoch(), known.rank(), known.position());
      return firstAttempt.isPresent() && head.version() > firstAttempt.getAsLong()
          ? new Verdict.Hold<>(held)
          : new Verdict.Replace<>(head, held, List.of());
    }
    long epoch = head.version() + 1;
    long newRank = rank.orElse(epoch);
    if (known != null && (known.hasSuperseded(holder) || newRank < known.rank())) {
      return new Verdict.Reject<>(new Outcome.Superseded(known.holder(), known.epoch()));
    }
    WriterEntry next =
        known == null
            ? WriterEntry.first(epoch, holder, newRank)
            : known.supersededBy(holder, epoch, newRank);
    if (head.writersBytes(writerId, next) > Head.MAX_WRITERS_BYTES) {
      return new Verdict.Reject<>(new Outcome.TooManyWriters());
    }
    return new Verdict.Replace<>(
        head.withWriter(writerId, next),
        new Outcome.Acquired(epoch, newRank, next.position()),
        List.of());
  }

  @Override
  public Transition<Head, Outcome> attemptedOn(Head head) {
    return firstAttempt.isPresent()
        ? this
        : new Acquire(writerId, holder, rank, OptionalLong.of(head.version()));
  }
}
