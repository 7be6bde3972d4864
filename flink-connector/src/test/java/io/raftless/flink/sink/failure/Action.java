package io.raftless.flink.sink.failure;

/** What a sink does, as far as its store and Flink can see it. */
enum Action {
  /** A writer is opened, for the first time or on restore. */
  CREATE_WRITER,
  /** The committer is opened, which acquires the sink id. */
  CREATE_COMMITTER,
  /** A writer uploads a WAL object. */
  UPLOAD,
  /**
   * A writer is asked for what it staged: the pre-commit of a checkpoint or of the end of input.
   */
  PRE_COMMIT,
  /** A writer that appends directly waits for what it has: at a checkpoint, or the end of input. */
  FLUSH,
  /** The task of a writer takes its part of a checkpoint, after the writer's pre-commit. */
  SNAPSHOT,
  /** The task of a writer hears that a checkpoint is complete, as the committer does. */
  CHECKPOINT_COMPLETE,
  /** The committer commits a checkpoint. */
  COMMIT,
  /** The head of a partition is read. */
  READ_HEAD,
  /** The head of a partition is replaced: with records, or with the holder of the sink id. */
  SWAP_HEAD;

  boolean isRequest() {
    return this == UPLOAD || this == READ_HEAD || this == SWAP_HEAD;
  }
}
