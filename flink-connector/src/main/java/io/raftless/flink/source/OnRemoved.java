package io.raftless.flink.source;

/**
 * What a source does when a log that it reads is not there any more: it was deleted, or deleted and
 * created again under the same name.
 */
public enum OnRemoved {
  /** The job fails for good: no restart brings the records back. */
  FAIL,
  /**
   * Reading the old log ends, with a warning; what was not read of it is lost. A log that was
   * created under its name is a new log: an unbounded source that discovers reads it from its
   * start.
   */
  IGNORE
}
