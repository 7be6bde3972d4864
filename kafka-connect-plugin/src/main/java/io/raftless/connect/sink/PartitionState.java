package io.raftless.connect.sink;

/** What a topic-partition of a task is doing; see {@link PartitionLifecycle}. */
public enum PartitionState {
  /** The writer id is being acquired, and it is being found out where to go on. Paused. */
  ACQUIRING,
  /** Records are taken. */
  OPEN,
  /** Like open, but the memory is full: no more records for now. */
  PAUSED,
  /** Somebody else acquired it. Paused, until it is time to acquire again. */
  FENCED,
  /** Something failed, or nobody knows. Paused, until it is time to acquire again. */
  LOST,
  /** Not ours any more. */
  CLOSED
}
