package io.raftless.sim.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of the operations of a {@link History} in which a log that does one thing at a
 * time gives the same answers: each operation between its call and its answer; those without a
 * certain outcome at any time after the call, or left out. Reads of old states may be anywhere
 * before their answers, in the order in which their client made them.
 *
 * <p>It builds the order from the front, as Wing and Gong do: whatever is not preceded by an
 * operation that is still open may be next. If nothing can be, it goes back, and remembers that
 * from this set of operations and this state no order leads on (Lowe). That is exponential in what
 * overlaps, so most choices are not offered. Each of these rules leaves out only orders that have a
 * twin that is not left out:
 *
 * <ol>
 *   <li><b>What holds is done at once.</b> An operation that changes nothing and gives its answer
 *       in this state is next, without alternatives. In an order that has it later it can be moved
 *       here: what is between does not notice, and whatever must precede it is done already.
 *   <li><b>What can never hold ends the branch.</b> Offsets, the start, generations and epochs only
 *       grow, and a batch that is in the log stays there; so a claim that is behind that is lost,
 *       whatever comes next.
 *   <li><b>Known offsets leave no choice.</b> A batch whose offset was told goes there and nowhere
 *       else, so of all these only the one of the next offset can be next, and no other batch may
 *       take its place or reach over it. Records that were read at an offset must be those of the
 *       batch that is put there: a log never changes at an offset. Where all is known at the end,
 *       so is the whole order of the appends.
 *   <li><b>A batch is a choice, not who appends it.</b> All calls that may put it there now make
 *       the same state, and once it is there, all that are certain find it there, and the others
 *       have no effect any more. So one of them stands for all.
 *   <li><b>Unknown outcomes happen only where they are missed.</b> A batch of which no offset is
 *       known is put at the end only if the log is known to reach further, or if somebody was
 *       refused because the next offset was another than this one: otherwise it, and all that come
 *       after it, could be left out of the order, since nobody saw them. In the same way an unknown
 *       fence needs a refusal that it explains, or an unfence; an unknown acquire somebody whom it
 *       fenced off; an unknown trim somebody who saw the start further on.
 * </ol>
 *
 * <p>The memory of dead ends needs the set of operations, the set of batches and the state, and not
 * the order of the batches: their offsets matter only where they are known, and there the order is.
 */
public final class LogChecker {

  private LogChecker() {}

  /**
   * Decides.
   *
   * @param stepBudget how many orders may be begun; then it gives up
   */
  public static Verdict check(History history, long stepBudget) {
    Facts facts;
    try {
      facts = new Facts(history);
    } catch (Facts.Contradiction contradiction) {
      return new Verdict.NotLinearizable(
          List.of(),
          "Two things cannot both be true, in whatever order: "
              + contradiction.getMessage()
              + "\n\nThe history:\n"
              + history,
          0);
    }
    return new Search(history, facts, stepBudget).run();
  }

  /** One search: used once. */
  private static final class Search {
    private final History history;
    private final Facts facts;
    private final Operation[] operations;
    private final long stepBudget;

    /** Bits of operations by place, then of batches from {@code firstBatch} on. */
    private final int operationWords;

    private final int words;
    private final long[] all;
    private final long[] certain;
    private final Set<DeadEnd> deadEnds = new HashSet<>();
    private long steps;
    private boolean isOutOfSteps;

    /** The order so far: places. */
    private final int[] order;

    private int length;

    /** The longest order so far, in certain operations, and the state that it leads to. */
    private int mostCertain = -1;

    private int[] longest = {};
    private long[] longestDone = {};
    private LogState longestState;

    Search(History history, Facts facts, long stepBudget) {
      this.history = history;
      this.facts = facts;
      this.operations = facts.operations();
      this.stepBudget = stepBudget;
      operationWords = (operations.length + 63) / 64;
      words = operationWords + (facts.batchCount() + 63) / 64;
      all = new long[operationWords];
      certain = new long[operationWords];
      for (int place = 0; place < operations.length; place++) {
        set(all, place);
        if (!operations[place].isOptional()) {
          set(certain, place);
        }
      }
      order = new int[operations.length];
      longestState = LogState.empty(facts.writerCount());
    }

    Verdict run() {
      boolean isFound = canGoOn(new long[words], LogState.empty(facts.writerCount()));
      if (isFound) {
        return new Verdict.Linearizable(ids(order, length), steps);
      }
      if (isOutOfSteps) {
        return new Verdict.Undecided(steps);
      }
      return new Verdict.NotLinearizable(
          ids(longest, longest.length),
          new Explanation(history, facts, longest, longestState, this::isLongestDone).toString(),
          steps);
    }

    private boolean isLongestDone(int place) {
      return longestDone.length > 0 && isSet(longestDone, place);
    }

    private List<Integer> ids(int[] places, int count) {
      List<Integer> ids = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ids.add(operations[places[i]].id());
      }
      return ids;
    }

    // ---- sets of bits

    private static void set(long[] bits, int index) {
      bits[index >> 6] |= 1L << index;
    }

    private static boolean isSet(long[] bits, int index) {
      return (bits[index >> 6] & (1L << index)) != 0;
    }

    private boolean isPlaced(long[] done, int batch) {
      return (done[operationWords + (batch >> 6)] & (1L << batch)) != 0;
    }

    private boolean isPlaced(long[] done, Operation operation) {
      return operation.batch() >= 0 && isPlaced(done, operation.batch());
    }

    // ---- the search

    /**
     * Whether the order can be completed from here.
     *
     * @param done what is in the order, and batches that are in the log; changed here
     */
    private boolean canGoOn(long[] done, LogState state) {
      isOutOfSteps |= steps == stepBudget;
      if (isOutOfSteps) {
        return false;
      }
      steps++;
      int before = length;
      int[] open = new int[operations.length];
      int openCount = doWhatHolds(done, state, open);
      if (openCount >= 0) {
        if (isComplete(done, state)) {
          return true;
        }
        remember(done, state);
        DeadEnd here = new DeadEnd(done, state);
        if (!deadEnds.contains(here)) {
          if (tryEach(done, state, open, openCount)) {
            return true;
          }
          deadEnds.add(here);
        }
      }
      length = before;
      return false;
    }

    private boolean isComplete(long[] done, LogState state) {
      for (int word = 0; word < operationWords; word++) {
        if ((certain[word] & ~done[word]) != 0) {
          return false;
        }
      }
      History.FinalLog last = facts.finalLog();
      return last == null
          || (state.next() == facts.reached() && state.start() == last.startOffset());
    }

    /**
     * Puts all that changes nothing and holds into the order, until nothing does.
     *
     * @param open gets what may be next and does not hold
     * @return how many that are; -1 if one of them can never hold
     */
    private int doWhatHolds(long[] done, LogState state, int[] open) {
      while (true) {
        boolean isMissed = false;
        boolean isChanged = false;
        int count = 0;
        long firstAnswer = Long.MAX_VALUE;
        scan:
        for (int word = 0; word < operationWords; word++) {
          long left = all[word] & ~done[word];
          while (left != 0) {
            int place = (word << 6) + Long.numberOfTrailingZeros(left);
            left &= left - 1;
            Operation operation = operations[place];
            if (operation.notBefore() > firstAnswer) {
              break scan;
            }
            if (!operation.isOptional()) {
              if (!isPreceded(operation, done)) {
                LogState.Judgement judgement = state.judge(operation, isPlaced(done, operation));
                if (judgement == LogState.Judgement.NEVER) {
                  remember(done, state);
                  return -1;
                }
                if (judgement == LogState.Judgement.HOLDS) {
                  set(done, place);
                  order[length++] = place;
                  isChanged = true;
                  continue;
                }
                open[count++] = place;
              } else {
                isMissed = true;
              }
              firstAnswer = Math.min(firstAnswer, operation.answered());
            } else if (!isPreceded(operation, done)) {
              open[count++] = place;
            }
          }
        }
        if (!isChanged || !isMissed) {
          return count;
        }
      }
    }

    private static boolean isPrecededBy(long[] done, int place) {
      return place >= 0 && !isSet(done, place);
    }

    private static boolean isPreceded(Operation operation, long[] done) {
      for (int place : operation.after()) {
        if (isPrecededBy(done, place)) {
          return true;
        }
      }
      return false;
    }

    /** The choices: appends first, since they are what most operations wait for. */
    private boolean tryEach(long[] done, LogState state, int[] open, int openCount) {
      return tryBatches(done, state, open, openCount)
          || tryChanges(done, state, open, openCount, false)
          || tryChanges(done, state, open, openCount, true);
    }

    private boolean tryBatches(long[] done, LogState state, int[] open, int openCount) {
      long[] tried = new long[words - operationWords];
      for (int i = 0; i < openCount; i++) {
        Operation append = operations[open[i]];
        int batch = append.batch();
        if (append.mayPlace()
            && !isSet(tried, batch)
            && !isPlaced(done, batch)
            && state.admits(append)
            && facts.fits(batch, state.next())
            && (facts.isPinned(batch) || isMissed(done, state))) {
          set(tried, batch);
          order[length++] = open[i];
          if (canGoOn(withBatch(done, open[i], batch), state.appended(append.count()))) {
            return true;
          }
          length--;
        }
      }
      return false;
    }

    /** Whether somebody must have seen a record at the next offset, or that it was another one. */
    private boolean isMissed(long[] done, LogState state) {
      return state.next() < facts.reached()
          || anyLeft(
              done,
              operation ->
                  operation.role() == Operation.Role.NOT_APPENDED_WRONG_OFFSET
                      && operation.asked() == state.next());
    }

    /** A batch that is there is nothing any more to calls that are not certain. */
    private long[] withBatch(long[] done, int by, int batch) {
      long[] next = done.clone();
      set(next, by);
      next[operationWords + (batch >> 6)] |= 1L << batch;
      for (int place = 0; place < operations.length; place++) {
        if (operations[place].batch() == batch && operations[place].isOptional()) {
          set(next, place);
        }
      }
      return next;
    }

    private boolean tryChanges(
        long[] done, LogState state, int[] open, int openCount, boolean isOptional) {
      for (int i = 0; i < openCount; i++) {
        Operation operation = operations[open[i]];
        if (operation.isOptional() != isOptional
            || state.judge(operation, isPlaced(done, operation)) != LogState.Judgement.CHANGES
            || (isOptional && !isOfUse(operation, done, state))) {
          continue;
        }
        long[] next = done.clone();
        set(next, open[i]);
        order[length++] = open[i];
        boolean isGivenUp = operation.role() == Operation.Role.APPEND_EXPIRED;
        if (canGoOn(next, isGivenUp ? state : state.after(operation))) {
          return true;
        }
        length--;
      }
      return false;
    }

    /** Whether an operation without a certain outcome could explain anything that is left. */
    private boolean isOfUse(Operation operation, long[] done, LogState state) {
      return switch (operation.role()) {
        case FENCE_MAYBE ->
            anyLeft(
                done,
                left ->
                    left.role() == Operation.Role.NOT_APPENDED_FENCED
                        || left.role() == Operation.Role.UNFENCE
                        || left.role() == Operation.Role.UNFENCE_MAYBE);
        case ACQUIRE_MAYBE ->
            anyLeft(
                done,
                left ->
                    left.writer() == operation.writer()
                        && (left.role() == Operation.Role.NOT_APPENDED_WRITER_FENCED
                            || left.role() == Operation.Role.ACQUIRE_REFUSED));
        case TRIM_MAYBE -> {
          History.FinalLog last = facts.finalLog();
          yield (last != null && last.startOffset() > state.start())
              || anyLeft(done, left -> sawStartBeyond(left, state.start()));
        }
        default -> true;
      };
    }

    private static boolean sawStartBeyond(Operation operation, int start) {
      return switch (operation.role()) {
        case START, TRIM -> operation.told() > start;
        case READ_TRIMMED -> operation.asked() >= start;
        case READ_RUN, READ_TO_END ->
            operation.base() > operation.asked() && operation.base() > start;
        default -> false;
      };
    }

    private interface Question {
      boolean asks(Operation operation);
    }

    private boolean anyLeft(long[] done, Question question) {
      for (int word = 0; word < operationWords; word++) {
        long left = all[word] & ~done[word];
        while (left != 0) {
          int place = (word << 6) + Long.numberOfTrailingZeros(left);
          left &= left - 1;
          if (question.asks(operations[place])) {
            return true;
          }
        }
      }
      return false;
    }

    private void remember(long[] done, LogState state) {
      int count = 0;
      for (int word = 0; word < operationWords; word++) {
        count += Long.bitCount(done[word] & certain[word]);
      }
      if (count > mostCertain) {
        mostCertain = count;
        longest = Arrays.copyOf(order, length);
        longestDone = done.clone();
        longestState = state;
      }
    }
  }

  /** Operations and batches that are done, and a state, from which no order leads on. */
  @SuppressWarnings("ArrayRecordComponent") // Not changed any more, and compared by content.
  private record DeadEnd(long[] done, LogState state) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof DeadEnd that
          && Arrays.equals(done, that.done)
          && state.equals(that.state);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(done) + state.hashCode();
    }
  }
}
