package io.raftless.flink.sink;

import io.raftless.log.StagedBatch;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a writer hands to the committer: one uploaded WAL object that is not in the log yet. Or,
 * once for each checkpoint, a marker: no batches, but the history of the writer, which so is always
 * part of the committer's state.
 *
 * @param submissionId of the sink whose writer uploaded it
 * @param subtask which writer
 * @param sequence counts a writer's objects in the order in which it staged them
 * @param batches at most one per partition
 * @param checkpointId which checkpoint it belongs to: the writer does not know it, so {@link
 *     CheckpointStamp} says it. {@link #UNSTAMPED} before that, {@link #WHOLE_INPUT} if there are
 *     no checkpoints
 * @param repeatableOver the number of partitions among which its records were placed, if each would
 *     be placed there again (see {@link RaftlessPartitioner#isRepeatable}); 0 if not
 * @param history of the writer, if it is a marker
 */
record StagedObject(
    String submissionId,
    int subtask,
    long sequence,
    List<StagedBatch> batches,
    long checkpointId,
    int repeatableOver,
    @Nullable History history) {

  /** Nobody said which checkpoint it belongs to. */
  static final long UNSTAMPED = -1;

  /** It is committed at the end of the input, with everything else. */
  static final long WHOLE_INPUT = Long.MAX_VALUE;

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
    if (subtask < 0
        || sequence < 0
        || checkpointId < UNSTAMPED
        || repeatableOver < 0
        || batches.isEmpty() == (history == null)) {
      throw new IllegalArgumentException(
          "no staged object: subtask "
              + subtask
              + ", sequence "
              + sequence
              + ", checkpoint "
              + checkpointId
              + ", repeatable over "
              + repeatableOver
              + ", history "
              + history
              + ", "
              + batches);
    }
  }

  /** An object that is not placed repeatably, or is not known to be. */
  StagedObject(String submissionId, int subtask, long sequence, List<StagedBatch> batches) {
    this(submissionId, subtask, sequence, batches, UNSTAMPED, 0, null);
  }

  /** A marker. */
  static StagedObject marker(String submissionId, int subtask, long sequence, History history) {
    return new StagedObject(submissionId, subtask, sequence, List.of(), UNSTAMPED, 0, history);
  }

  /** The same, of a checkpoint. */
  StagedObject of(long newCheckpointId) {
    return new StagedObject(
        submissionId, subtask, sequence, batches, newCheckpointId, repeatableOver, history);
  }
}
