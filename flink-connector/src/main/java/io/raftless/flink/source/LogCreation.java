package io.raftless.flink.source;

import io.raftless.id.Incarnation;
import io.raftless.log.LogId;

/** One creation of a log. */
record LogCreation(LogId log, Incarnation incarnation) {
  static LogCreation of(RaftlessSplit split) {
    return new LogCreation(split.log(), split.incarnation());
  }
}
