package io.raftless.maintenance;

/** What an object below the key prefix of a log is. */
public enum ObjectKind {
  /** {@code log.json}. */
  DESCRIPTOR,
  /** The head of a partition. */
  HEAD,
  /** An index node, or the list of the batches that a segment was made of. */
  NODE,
  /** A compacted segment. */
  SEGMENT,
  /** A WAL object. */
  WAL,
  /** The cursor of a consumer group. */
  CURSOR,
  /** A task, lock or failure of maintenance. */
  TASK,
  /** Not named as anything of this log is: somebody else's. */
  UNKNOWN
}
