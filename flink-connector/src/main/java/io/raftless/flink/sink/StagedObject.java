package io.raftless.flink.sink;

import io.raftless.log.StagedBatch;
import java.util.Comparator;
import java.util.List;

/**
 * What a writer hands to the committer: one uploaded WAL object that is not in the log yet.
 *
 * @param submissionId of the sink whose writer uploaded it; for people who read a savepoint
 * @param subtask which writer
 * @param sequence counts a writer's objects in the order in which it staged them
 * @param batches at most one per partition
 */
record StagedObject(String submissionId, int subtask, long sequence, List<StagedBatch> batches) {

  /**
   * The order in which the objects of one checkpoint are appended: each writer's own order, so that
   * records of one key (which come through one writer, or have no order anyway) stay in order.
   * Flink itself keeps checkpoints apart: it commits them one after the other, and those that it
   * restores as well, each with a call of its own.
   *
   * <p>The sequence restarts with the writer. That is fine: all objects of one checkpoint are from
   * one attempt of their writer.
   */
  static final Comparator<StagedObject> APPEND_ORDER =
      Comparator.comparingInt(StagedObject::subtask).thenComparingLong(StagedObject::sequence);

  StagedObject {
    batches = List.copyOf(batches);
    if (subtask < 0 || sequence < 0 || batches.isEmpty()) {
      throw new IllegalArgumentException(
          "no staged object: subtask " + subtask + ", sequence " + sequence + ", " + batches);
    }
  }
}
