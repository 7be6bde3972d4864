package io.raftless.log;

import io.raftless.head.DataBlock;
import io.raftless.head.OriginRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Under which writer ids and epochs the records of a partition were committed, from the first that
 * was not handed out to the last that was planned; and cuts batches where that changes.
 *
 * <p>It goes by offsets, not by objects: a record at an offset keeps its origin, in whatever object
 * it is. So it does not matter whether what comes back was fetched by the newest plan.
 *
 * <p>Memory: one run for each change of the origin. Guarded by the reader's lock.
 */
final class Attribution {
  /** Invariant: one follows the other without a gap. */
  private final Deque<OriginRun> runs = new ArrayDeque<>();

  /**
   * What a plan found out; it replaces what an earlier plan said of the same offsets.
   *
   * @param blocks that are planned, at least one
   * @param origins of all records in them, and maybe of some before and after
   */
  void planned(List<DataBlock> blocks, List<OriginRun> origins) {
    long from = blocks.get(0).baseOffset();
    keepBefore(from);
    for (OriginRun run : origins) {
      if (run.endOffset() > from) {
        runs.add(new OriginRun(Math.max(from, run.baseOffset()), run.endOffset(), run.origin()));
      }
    }
  }

  private void keepBefore(long offset) {
    while (!runs.isEmpty() && runs.getLast().baseOffset() >= offset) {
      runs.removeLast();
    }
    if (!runs.isEmpty() && runs.getLast().endOffset() > offset) {
      OriginRun last = runs.removeLast();
      runs.add(new OriginRun(last.baseOffset(), offset, last.origin()));
    }
  }

  /**
   * The batch in parts of one origin each. What is before its end is forgotten: batches come in
   * order, each once.
   */
  List<ReadBatch> cut(ReadBatch batch) {
    List<ReadBatch> parts = new ArrayList<>();
    long next = batch.baseOffset();
    while (next < batch.nextOffset()) {
      OriginRun run = runs.peek();
      if (run == null || run.baseOffset() > next) {
        throw new IllegalStateException("nobody knows the origin of offset " + next);
      }
      if (run.endOffset() > next) {
        long end = Math.min(run.endOffset(), batch.nextOffset());
        parts.add(
            new ReadBatch(
                batch.partition(),
                next,
                batch
                    .records()
                    .subList((int) (next - batch.baseOffset()), (int) (end - batch.baseOffset())),
                run.origin()));
        next = end;
      }
      if (run.endOffset() <= next) {
        runs.remove();
      }
    }
    return parts;
  }
}
