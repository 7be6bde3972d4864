package io.raftless.sim.history;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The state of a log that does one thing at a time, and what each operation means on it: the
 * sequential specification. Where batches may go is said by {@link Facts}, since all that matters
 * of a batch here is how long it is.
 *
 * @param next the next offset
 * @param start the first readable offset
 * @param isFenced whether appends are refused
 * @param generation of that state; if it was made by a fence without an answer, the smallest that
 *     it can be
 * @param isExact whether it is that generation
 * @param writers by their numbers; null where nobody acquired
 */
@SuppressWarnings("ArrayRecordComponent") // Never changed, and compared by content below.
record LogState(
    int next,
    int start,
    boolean isFenced,
    long generation,
    boolean isExact,
    @Nullable Writer[] writers) {

  /** The epoch of an acquire without an answer: larger than all before, and nobody knows it. */
  static final long UNTOLD = -1;

  /** How many superseded holders are remembered (docs/protocol.md, acquire). */
  private static final int REMEMBERED = 16;

  /** What an operation is in a state. */
  enum Judgement {
    /** It gives this answer here, and changes nothing. */
    HOLDS,
    /** It gives this answer here, if it gave one, and changes the state. */
    CHANGES,
    /** It does not give this answer here; it may later. */
    WAITS,
    /** It does not, and never will. */
    NEVER
  }

  /**
   * Who holds a writer id.
   *
   * @param holder its number
   * @param epoch or {@link #UNTOLD}
   * @param bound the largest epoch that was told
   * @param superseded a bit for each holder before
   */
  record Writer(int holder, long epoch, long bound, long superseded) {

    Writer supersededBy(int newHolder, long newEpoch) {
      return new Writer(
          newHolder, newEpoch, Math.max(bound, newEpoch), superseded | (1L << holder));
    }

    boolean canCome(int newHolder) {
      return (superseded & (1L << newHolder)) == 0 || Long.bitCount(superseded) > REMEMBERED;
    }
  }

  static LogState empty(int writers) {
    return new LogState(0, 0, false, 0, true, new @Nullable Writer[writers]);
  }

  LogState appended(int count) {
    return new LogState(next + count, start, isFenced, generation, isExact, writers);
  }

  /** Whether an append that finds its batch absent may add it. */
  boolean admits(Operation append) {
    if (isFenced || (append.asked() >= 0 && append.asked() != next)) {
      return false;
    }
    if (append.writer() < 0) {
      return true;
    }
    Writer writer = writers[append.writer()];
    return writer != null && writer.epoch() == append.epoch();
  }

  /** Judges everything but appends that may add their batch. */
  Judgement judge(Operation operation, boolean isPlaced) {
    return switch (operation.role()) {
      case APPENDED -> isPlaced ? Judgement.HOLDS : Judgement.WAITS;
      case APPEND_EXPIRED -> isPlaced ? Judgement.HOLDS : Judgement.CHANGES;
      case APPEND_MAYBE -> Judgement.WAITS;
      case NOT_APPENDED_FENCED -> isPlaced ? Judgement.NEVER : when(isFenced);
      case NOT_APPENDED_WRITER_FENCED -> {
        Writer writer = writers[operation.writer()];
        yield isPlaced
            ? Judgement.NEVER
            : when(writer != null && writer.epoch() != operation.epoch());
      }
      case NOT_APPENDED_UNKNOWN_WRITER ->
          !isPlaced && writers[operation.writer()] == null ? Judgement.HOLDS : Judgement.NEVER;
      case NOT_APPENDED_WRONG_OFFSET ->
          isPlaced ? Judgement.NEVER : when(operation.asked() != next);
      case READ_RUN -> when(next >= operation.told() && isReadable(operation));
      case READ_TO_END ->
          next > operation.told()
              ? Judgement.NEVER
              : when(next == operation.told() && isReadable(operation));
      case READ_TRIMMED -> when(start > operation.asked());
      case READ_BEYOND_END, TRIM_REFUSED ->
          next < operation.asked() ? Judgement.HOLDS : Judgement.NEVER;
      case TAIL -> until(next, operation.told());
      case START -> until(start, operation.told());
      case FENCE ->
          generation >= operation.told()
              ? Judgement.NEVER
              : operation.told() == generation + 1 || !isExact || operation.isLoose()
                  ? Judgement.CHANGES
                  : Judgement.WAITS;
      case FENCE_MAYBE -> Judgement.CHANGES;
      case FENCE_REFUSED -> when(!isFenced || operation.isLoose());
      case UNFENCE -> judgeUnfence(operation);
      case UNFENCE_MAYBE -> canUnfence(operation) ? Judgement.CHANGES : Judgement.WAITS;
      case UNFENCE_REFUSED ->
          when(
              operation.isLoose()
                  || !isFenced
                  || (isExact ? generation != operation.asked() : true));
      case ACQUIRE -> judgeAcquire(operation);
      case ACQUIRE_MAYBE -> {
        Writer writer = writers[operation.writer()];
        yield writer == null
                || (writer.holder() != operation.holder() && writer.canCome(operation.holder()))
            ? Judgement.CHANGES
            : Judgement.WAITS;
      }
      case ACQUIRE_REFUSED -> {
        Writer writer = writers[operation.writer()];
        yield when(writer != null && writer.holder() != operation.holder());
      }
      case TRIM ->
          operation.asked() <= start
              ? until(start, operation.told())
              : operation.asked() <= next && operation.told() == operation.asked()
                  ? Judgement.CHANGES
                  : Judgement.WAITS;
      case TRIM_MAYBE ->
          operation.asked() > start && operation.asked() <= next
              ? Judgement.CHANGES
              : Judgement.WAITS;
    };
  }

  private static Judgement when(boolean isSo) {
    return isSo ? Judgement.HOLDS : Judgement.WAITS;
  }

  /** Of a number that only grows. */
  private static Judgement until(long now, long wanted) {
    return now == wanted ? Judgement.HOLDS : now < wanted ? Judgement.WAITS : Judgement.NEVER;
  }

  /**
   * An answer that begins later than was asked for says that what is before it was trimmed. (One
   * that begins below the start is of a state of before, or of a reader that was under way: what it
   * must not know any more is in {@link Facts}.)
   */
  private boolean isReadable(Operation read) {
    return read.base() == read.asked() || read.base() <= start;
  }

  private Judgement judgeUnfence(Operation unfence) {
    if (!isFenced && generation == unfence.told()) {
      return Judgement.HOLDS;
    }
    if (generation >= unfence.told()) {
      return Judgement.NEVER;
    }
    return canUnfence(unfence) ? Judgement.CHANGES : Judgement.WAITS;
  }

  private boolean canUnfence(Operation unfence) {
    long undone = unfence.asked();
    return generation <= undone
        && (unfence.isLoose() || (isFenced && (generation == undone || !isExact)));
  }

  private Judgement judgeAcquire(Operation acquire) {
    Writer writer = writers[acquire.writer()];
    long epoch = acquire.told();
    if (writer == null) {
      return Judgement.CHANGES;
    }
    if (writer.holder() == acquire.holder() && writer.epoch() == epoch) {
      return Judgement.HOLDS;
    }
    if (epoch <= writer.bound()) {
      return Judgement.NEVER;
    }
    if (writer.holder() == acquire.holder()) {
      return writer.epoch() == UNTOLD ? Judgement.CHANGES : Judgement.WAITS;
    }
    return writer.canCome(acquire.holder()) ? Judgement.CHANGES : Judgement.WAITS;
  }

  /** The state after an operation that {@linkplain Judgement#CHANGES changes} it. */
  LogState after(Operation operation) {
    return switch (operation.role()) {
      case FENCE -> new LogState(next, start, true, operation.told(), true, writers);
      case FENCE_MAYBE -> new LogState(next, start, true, generation + 1, false, writers);
      case UNFENCE, UNFENCE_MAYBE ->
          new LogState(next, start, false, operation.asked() + 1, true, writers);
      case TRIM, TRIM_MAYBE ->
          new LogState(next, (int) operation.asked(), isFenced, generation, isExact, writers);
      case ACQUIRE -> held(operation, operation.told());
      case ACQUIRE_MAYBE -> held(operation, UNTOLD);
      default -> throw new IllegalArgumentException("changes nothing: " + operation);
    };
  }

  private LogState held(Operation acquire, long epoch) {
    @Nullable Writer[] changed = writers.clone();
    Writer before = writers[acquire.writer()];
    changed[acquire.writer()] =
        before == null
            ? new Writer(acquire.holder(), epoch, epoch, 0)
            : before.holder() == acquire.holder()
                ? new Writer(acquire.holder(), epoch, epoch, before.superseded())
                : before.supersededBy(acquire.holder(), epoch);
    return new LogState(next, start, isFenced, generation, isExact, changed);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LogState that
        && next == that.next
        && start == that.start
        && isFenced == that.isFenced
        && generation == that.generation
        && isExact == that.isExact
        && Arrays.equals(writers, that.writers);
  }

  @Override
  public int hashCode() {
    int hash = 31 * (31 * next + start) + (int) generation;
    return 31 * (2 * hash + (isFenced ? 1 : 0)) + Arrays.hashCode(writers);
  }

  @Override
  public String toString() {
    return "next offset "
        + next
        + ", start "
        + start
        + (isFenced ? ", fenced" : ", open")
        + (isExact ? ", generation " : ", generation at least ")
        + generation;
  }
}
