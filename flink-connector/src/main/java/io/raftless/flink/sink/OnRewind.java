package io.raftless.flink.sink;

/**
 * What a sink does when its job is restored from a checkpoint or savepoint that is older than what
 * the sink id has committed to the log. A log is append-only: what was committed after that
 * checkpoint stays, and will be there twice once the input is replayed.
 */
public enum OnRewind {
  /** Stops the job for good, before it writes anything or fences anybody. */
  FAIL,
  /** Warns, and goes on. */
  CONTINUE
}
