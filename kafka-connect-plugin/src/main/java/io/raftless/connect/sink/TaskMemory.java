package io.raftless.connect.sink;

/** What the buffers of a task hold. Owned by the task's thread. */
final class TaskMemory {
  /** In buffers, over all partitions; not what is being uploaded. */
  long bufferedBytes;

  /** Whether partitions are paused until half of it is free. */
  boolean isFull;
}
